package cli

import (
	"cmp"
	"log/slog"

	"github.com/gobeat/gobeat/broker/redis"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// redisConfig returns what the settings say of a publisher to Redis.
func redisConfig(cfg config.Config, log *slog.Logger) redis.Config {
	t := cfg.Broker.Transport
	return redis.Config{
		KeyPrefix: t.KeyPrefix, PrioritySteps: t.PrioritySteps, Sep: t.Sep, FanoutPrefix: t.FanoutPrefix,
		NoFanoutPrefix: t.NoFanoutPrefix, NoFanoutPatterns: t.NoFanoutPatterns, DeadLetterQueue: t.DeadLetterQueue,
		BodyUTF8: t.BodyEncoding == config.BodyUTF8,
		Sentinel: redis.Sentinel{
			Master: t.Sentinel.Master, MinOthers: t.Sentinel.MinOthers, User: t.Sentinel.User,
			Password: t.Sentinel.Password.Reveal(), TLS: t.Sentinel.TLS,
		},
		DialTimeout: cmp.Or(t.ConnectTimeout, cfg.Broker.ConnectionTimeout), Timeout: t.SocketTimeout,
		NoKeepAlive: t.NoKeepAlive, MaxConns: t.MaxConnections, ClientName: t.ClientName, Logger: log,
	}
}
