package redisstore

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/redisdial"
)

// DefaultMaxConns is how many connections are opened at most, but for those of hints.
const DefaultMaxConns = 8

// timeout is how long an answer may take when the caller's context says nothing shorter.
const timeout = 5 * time.Second

// Config says where the data lies.
type Config struct {
	URL       string       // redis://, rediss://, redis+socket:// or sentinel://, in the forms that broker_url takes
	TLS       *TLS         // makes the URL one with TLS; what the URL says of it wins. Default: as the URL says
	Sentinel  Sentinel     // for sentinel://, and only for it
	Namespace string       // entries of other namespaces are not seen; any text, the default is empty
	MaxConns  int          // default DefaultMaxConns
	Logger    *slog.Logger // default: nothing is logged
	Foreign   *Foreign     // default: the entries are the store's own
}

// TLS is how a connection is secured.
type TLS = broker.TLS

// Sentinel says how the master of sentinel:// URLs is found.
type Sentinel = redisdial.Sentinel

// Validate says what cannot be used. Its errors never show a password.
func (c Config) Validate() error {
	if c.MaxConns < 0 {
		return fmt.Errorf("max conns is %d, must not be negative", c.MaxConns)
	}
	_, err := c.addresses()
	return err
}

func (c Config) withDefaults() Config {
	if c.MaxConns == 0 {
		c.MaxConns = DefaultMaxConns
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// addresses reads the URL, which may be a list of sentinels. Other lists are refused: servers that do not know of each other
// do not keep the same.
func (c Config) addresses() ([]broker.URL, error) {
	urls, err := broker.Parse(c.URL)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	if urls[0].Driver() != broker.DriverRedis {
		return nil, errors.New("database URL is none of Redis")
	}
	if len(urls) > 1 && !urls[0].Sentinel() {
		return nil, fmt.Errorf("database URL names %d servers, a store in Redis takes one, or sentinels", len(urls))
	}
	for i := range urls {
		urls[i] = urls[i].WithTLS(c.TLS)
	}
	if err := c.Sentinel.Check(urls); err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	return urls, nil
}

// prefix begins all keys of the namespace. Escaping keeps braces out of the hash tag.
func (c Config) prefix() string { return "{gobeat:" + url.PathEscape(c.Namespace) + "}:" }
