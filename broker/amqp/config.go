package amqp

import (
	"errors"
	"log/slog"
	"time"
)

// Config holds the limits of the driver. The zero value is usable.
type Config struct {
	DialTimeout    time.Duration // connecting with TLS and login; default the URL's connect_timeout, else 4 s
	Heartbeat      time.Duration // at least 1 s; default 2 s: a dead peer is noticed after three of them
	ReplyTimeout   time.Duration // one write, one declaration; default 10 s
	ConfirmTimeout time.Duration // from sending a message to its confirm; default 30 s
	Window         int           // messages sent and not confirmed; default 1,000
	Logger         *slog.Logger  // default: nothing is logged
}

// Validate says what is wrong with the values.
func (c Config) Validate() error {
	if c.DialTimeout < 0 || c.ReplyTimeout < 0 || c.ConfirmTimeout < 0 || c.Window < 0 {
		return errors.New("time limits and window must not be negative")
	}
	if c.Heartbeat != 0 && c.Heartbeat < time.Second {
		return errors.New("heartbeat must be at least one second")
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.DialTimeout == 0 {
		c.DialTimeout = 4 * time.Second // Celery's broker_connection_timeout
	}
	if c.Heartbeat == 0 {
		c.Heartbeat = 2 * time.Second
	}
	if c.ReplyTimeout == 0 {
		c.ReplyTimeout = 10 * time.Second
	}
	if c.ConfirmTimeout == 0 {
		c.ConfirmTimeout = 30 * time.Second
	}
	if c.Window == 0 {
		c.Window = 1000
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}
