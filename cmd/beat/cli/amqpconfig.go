package cli

import (
	"log/slog"

	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// amqpConfig returns what the settings say to the driver of RabbitMQ. The heartbeat is not among them: the fence relies on
// it.
func amqpConfig(cfg config.Config, log *slog.Logger) amqp.Config {
	b := cfg.Broker
	return amqp.Config{
		DialTimeout: b.ConnectionTimeout, LoginMethod: b.LoginMethod, Failover: amqp.Failover(b.Failover),
		ClientProperties: b.Transport.ClientProperties, Logger: log,
	}
}
