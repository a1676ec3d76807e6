package amqp

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Config holds the limits of the driver. The zero value is usable.
type Config struct {
	DialTimeout    time.Duration // connecting with TLS and login; default 4 s; the connect_timeout of a URL wins
	Heartbeat      time.Duration // at least 1 s; default 2 s: a dead peer is noticed after three of them
	ReplyTimeout   time.Duration // one write, one declaration; default 10 s
	ConfirmTimeout time.Duration // from sending a message to its confirm; default 30 s
	Window         int           // messages sent and not confirmed; default 1,000

	// LoginMethod is PLAIN (default), AMQPLAIN or EXTERNAL, which takes the user from the client's certificate; the
	// login_method of a URL wins.
	LoginMethod string
	// Failover says in which order the URLs of a list are tried: RoundRobin (default) or Shuffle. The first attempt is
	// always the first URL.
	Failover Failover
	// ClientProperties are told to the broker, which shows them to people, such as connection_name (default "beat").
	ClientProperties map[string]string

	Logger *slog.Logger // default: nothing is logged
}

// Failover is an order of brokers.
type Failover string

// Orders of brokers, under Celery's names.
const (
	RoundRobin Failover = "round-robin"
	Shuffle    Failover = "shuffle"
)

// Validate says what is wrong with the values.
func (c Config) Validate() error {
	if c.DialTimeout < 0 || c.ReplyTimeout < 0 || c.ConfirmTimeout < 0 || c.Window < 0 {
		return errors.New("time limits and window must not be negative")
	}
	if c.Heartbeat != 0 && c.Heartbeat < time.Second {
		return errors.New("heartbeat must be at least one second")
	}
	switch c.Failover {
	case "", RoundRobin, Shuffle:
	default:
		return fmt.Errorf("failover strategy %.40q is not one of %s, %s", c.Failover, RoundRobin, Shuffle)
	}
	switch strings.ToUpper(c.LoginMethod) {
	case "", loginPlain, loginAMQPlain, loginExternal:
		return nil
	case "GSSAPI":
		return errors.New("login method GSSAPI needs a Kerberos library, which this program does not have; " +
			"use PLAIN, AMQPLAIN or EXTERNAL")
	}
	return fmt.Errorf("login method %.40q is not one of PLAIN, AMQPLAIN, EXTERNAL", c.LoginMethod)
}

// Login methods, as AMQP names them.
const (
	loginPlain    = "PLAIN"
	loginAMQPlain = "AMQPLAIN"
	loginExternal = "EXTERNAL"
)

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
