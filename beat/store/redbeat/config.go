package redbeat

import (
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat/store/redisstore"
)

// Defaults of RedBeat's settings.
const (
	DefaultPrefix = "redbeat:" // redbeat_key_prefix
	lockName      = ":lock"
)

// Config says where the entries are.
type Config struct {
	URL      string              // redbeat_redis_url, in the forms that broker_url takes
	TLS      *redisstore.TLS     // redbeat_redis_use_ssl; what the URL says of it wins. Default: as the URL says
	Sentinel redisstore.Sentinel // for sentinel://, and only for it
	Prefix   string              // redbeat_key_prefix; default DefaultPrefix
	LockKey  string              // redbeat_lock_key, to which RedBeat adds the prefix when it lacks it; default the prefix and ":lock"
	NoLock   bool                // redbeat_lock_key is None: RedBeats are not kept out, and do not keep us out
	Location *time.Location      // of the app, in which crontabs are read; default UTC
	MaxConns int                 // default redisstore.DefaultMaxConns
	Logger   *slog.Logger        // default: nothing is logged
}

func (c Config) withDefaults() (Config, error) {
	if c.NoLock && c.LockKey != "" {
		return c, errors.New("redbeat_lock_key is given and is to be none")
	}
	if c.Prefix == "" {
		c.Prefix = DefaultPrefix
	}
	switch {
	case c.NoLock:
	case c.LockKey == "":
		c.LockKey = c.Prefix + lockName
	case !strings.HasPrefix(c.LockKey, c.Prefix):
		c.LockKey = c.Prefix + c.LockKey
	}
	if c.Location == nil {
		c.Location = time.UTC
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}
