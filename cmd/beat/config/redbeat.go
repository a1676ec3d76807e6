package config

import (
	"strings"

	"github.com/gobeat/gobeat/broker"
)

// redBeatPrefix is what RedBeat puts before its keys when nobody says otherwise.
const redBeatPrefix = "redbeat:"

// takeRedBeatURL lets RedBeat's settings say where its keys are: redbeat_redis_url, or else the broker. As with those of
// SQLAlchemy, they do not win over what was given to this program alone.
func (c *Config) takeRedBeatURL() {
	if c.Beat.Kind() != KindRedBeat || ours(c.Origin("database_url")) {
		return
	}
	for _, from := range []struct {
		name string
		url  Secret
	}{
		{"redbeat_redis_url", c.Beat.RedBeat.URL},
		{"broker_write_url", c.Broker.WriteURL},
		{"broker_url", c.Broker.URL},
	} {
		if c.Origin(from.name) != FromDefault && from.url != "" {
			c.Database.URL, c.origins["database_url"] = from.url, c.Origin(from.name)
			c.shareSentinel(from.name)
			return
		}
	}
	c.Database.URL = c.Broker.URL
}

// shareSentinel lets the keys be behind the sentinels of the broker, when they are where the broker is.
func (c *Config) shareSentinel(from string) {
	if strings.HasPrefix(from, "broker_") && c.Origin("database_sentinel") == FromDefault {
		c.Database.Sentinel = c.Broker.Transport.Sentinel
	}
}

// FindRedBeat lets database_url be where a RedBeat with these settings has its keys, whatever the scheduler: redbeat_redis_url,
// or else the broker. It returns false when they do not say where.
func (c *Config) FindRedBeat() bool {
	if c.Beat.Kind() == KindRedBeat {
		return true
	}
	place, shared := c.Beat.RedBeat.URL, Sentinel{}
	if place == "" {
		place, shared = c.Broker.Effective(), c.Broker.Transport.Sentinel
	}
	if !strings.HasPrefix(place.Reveal(), "sentinel") { // whose list is one place
		first, _, _ := strings.Cut(place.Reveal(), ";")
		place = Secret(first)
	}
	c.Beat.Shards, c.Database.URL, c.Database.Sentinel = 1, place, shared
	return c.takeRedBeatSentinels() == nil
}

// RedBeatTLS is how RedBeat connects to its Redis at rediss:// and behind sentinels: by redbeat_redis_use_ssl, or else by
// broker_use_ssl. It is nil when the URL says it, or nothing does.
func (c *Config) RedBeatTLS() *broker.TLS {
	if place := c.Database.URL.Reveal(); !strings.HasPrefix(place, "rediss") && !strings.HasPrefix(place, "sentinel") {
		return nil
	}
	if c.Origin("redbeat_redis_use_ssl") != FromDefault {
		return c.Beat.RedBeat.TLS
	}
	return c.Broker.TLS
}

// Unlocked tells whether RedBeat is told to do without its lock.
func (c *Config) Unlocked() bool {
	return c.Beat.RedBeat.Lock == "" && c.Origin("redbeat_lock_key") != FromDefault
}
