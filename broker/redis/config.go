package redis

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gobeat/gobeat/broker"
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

// Sentinel says how the master is found. Its password is only ever sent to the sentinels.
type Sentinel struct {
	Master    string      // master_name; needed
	MinOthers int         // min_other_sentinels: a sentinel that sees fewer others is not believed
	User      string      // sentinel_kwargs: username
	Password  string      // sentinel_kwargs: password
	TLS       *broker.TLS // sentinel_kwargs: ssl and ssl_…; nil: connections to the sentinels are plain

	// Lifetime is how long a connection to a master is used; default 2 s. A master that sentinels replace by order is not told
	// for about eight seconds, so it is left before, and what it would lose remains little.
	Lifetime time.Duration
}

// LogValue keeps the password out of logs.
func (s Sentinel) LogValue() slog.Value {
	return slog.GroupValue(slog.String("master", s.Master), slog.Int("min_others", s.MinOthers))
}

// String keeps the password out of what is printed.
func (s Sentinel) String() string { return s.LogValue().String() }

// GoString does the same for %#v.
func (s Sentinel) GoString() string { return s.String() }

// Validate says what is wrong with the values.
func (c Config) Validate() error {
	if !slices.IsSorted(c.PrioritySteps) {
		return errors.New("priority_steps must be in ascending order")
	}
	if len(c.PrioritySteps) > 0 && c.PrioritySteps[0] < 0 {
		return errors.New("priority_steps must not be negative")
	}
	if min(c.DialTimeout, c.Timeout, c.Sentinel.Lifetime) < 0 || min(c.RingSize, c.MaxConns, c.Sentinel.MinOthers) < 0 {
		return errors.New("time limits, max_connections, min_other_sentinels and ring size must not be negative")
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
	if c.Sentinel.Lifetime == 0 {
		c.Sentinel.Lifetime = 2 * time.Second
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
