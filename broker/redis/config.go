package redis

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gobeat/gobeat/broker/redisdial"
)

// Config holds kombu's transport options and the limits of the driver. The zero value is kombu's behaviour.
type Config struct {
	KeyPrefix        string // global_keyprefix: stands in front of every key and channel
	PrioritySteps    []int  // priority_steps, ascending; default 0, 3, 6, 9
	Sep              string // sep: between queue and step, and in bindings; default the two bytes 06 16
	FanoutPrefix     string // fanout_prefix: in front of fanout channels, {db} is filled in; default "/{db}."
	NoFanoutPrefix   bool   // fanout_prefix = false
	NoFanoutPatterns bool   // fanout_patterns = false: channels without routing key
	DeadLetterQueue  string // deadletter_queue: takes messages of direct exchanges that no binding matches
	BodyUTF8         bool   // body_encoding = utf-8: the body stands as text in the envelope, not in base64

	Sentinel    Sentinel      // for URLs of the scheme sentinel, and only for those
	DB          int           // database in the names of fanout channels; New takes it from the URL
	DialTimeout time.Duration // socket_connect_timeout: connecting with TLS and login; default 4 s; that of the URL wins
	Timeout     time.Duration // socket_timeout: one command; default 5 s
	NoKeepAlive bool          // socket_keepalive = false: no TCP probes; otherwise every 15 s
	ClientName  string        // client_name: as CLIENT LIST shows the connections; default none
	MaxConns    int           // max_connections; default 8
	RingSize    int           // how many chunks of batches are remembered; default 10,000
	Logger      *slog.Logger  // default: nothing is logged
}

// Sentinel says how the master of sentinel:// URLs is found.
type Sentinel = redisdial.Sentinel

// Validate says what is wrong with the values.
func (c Config) Validate() error {
	if !slices.IsSorted(c.PrioritySteps) {
		return errors.New("priority_steps must be in ascending order")
	}
	if len(c.PrioritySteps) > 0 && c.PrioritySteps[0] < 0 {
		return errors.New("priority_steps must not be negative")
	}
	if min(c.DialTimeout, c.Timeout) < 0 || min(c.RingSize, c.MaxConns) < 0 {
		return errors.New("time limits, max_connections and ring size must not be negative")
	}
	if strings.ContainsAny(c.ClientName, " \t\r\n") {
		return fmt.Errorf("client_name %.40q must not hold spaces", c.ClientName)
	}
	return nil
}

func (c Config) withDefaults() Config {
	if len(c.PrioritySteps) == 0 {
		c.PrioritySteps = []int{0, 3, 6, 9}
	}
	if c.Sep == "" {
		c.Sep = "\x06\x16"
	}
	if c.FanoutPrefix == "" {
		c.FanoutPrefix = "/{db}."
	}
	if c.NoFanoutPrefix {
		c.FanoutPrefix = ""
	}
	c.FanoutPrefix = strings.ReplaceAll(c.FanoutPrefix, "{db}", strconv.Itoa(c.DB))
	if c.DialTimeout == 0 {
		c.DialTimeout = 4 * time.Second // Celery's broker_connection_timeout
	}
	if c.Timeout == 0 {
		c.Timeout = 5 * time.Second
	}
	if c.MaxConns == 0 {
		c.MaxConns = 8
	}
	if c.RingSize == 0 {
		c.RingSize = 10_000
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}
