package cli

import (
	"cmp"
	"log/slog"

	"github.com/gobeat/gobeat/broker/redis"
	"github.com/gobeat/gobeat/broker/redisdial"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// redisConfig returns what the settings say of a publisher to Redis.
func redisConfig(cfg config.Config, log *slog.Logger) redis.Config {
	t := cfg.Broker.Transport
	return redis.Config{
		KeyPrefix: t.KeyPrefix, PrioritySteps: t.PrioritySteps, Sep: t.Sep, FanoutPrefix: t.FanoutPrefix,
		NoFanoutPrefix: t.NoFanoutPrefix, NoFanoutPatterns: t.NoFanoutPatterns, DeadLetterQueue: t.DeadLetterQueue,
		BodyUTF8: t.BodyEncoding == config.BodyUTF8, Sentinel: sentinel(t.Sentinel),
		DialTimeout: cmp.Or(t.ConnectTimeout, cfg.Broker.ConnectionTimeout), Timeout: t.SocketTimeout,
		NoKeepAlive: t.NoKeepAlive, MaxConns: t.MaxConnections, ClientName: t.ClientName, Logger: log,
	}
}

// sentinel returns what the settings say of how a master is found.
func sentinel(s config.Sentinel) redisdial.Sentinel {
	return redisdial.Sentinel{
		Master: s.Master, MinOthers: s.MinOthers, User: s.User, Password: s.Password.Reveal(), TLS: s.TLS,
	}
}
