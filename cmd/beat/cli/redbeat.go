package cli

import (
	"fmt"
	"log/slog"
	"strconv"

	"github.com/gobeat/gobeat/beat/store/redbeat"
	"github.com/gobeat/gobeat/beat/store/redisstore"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// newRedBeatStore returns the store over RedBeat's keys.
func newRedBeatStore(cfg config.Config, log *slog.Logger) (*redbeat.Store, error) {
	if !ofRedis(cfg.Database.URL) {
		return nil, &config.FieldError{
			Field: "database_url", Value: cfg.Database.URL.String(), Source: cfg.Origin("database_url"),
			Problem: "names no Redis, where the keys of RedBeat are; give redbeat_redis_url",
		}
	}
	if cfg.Beat.Shards > 1 {
		return nil, &config.FieldError{
			Field: "shards", Value: strconv.Itoa(cfg.Beat.Shards), Source: cfg.Origin("shards"),
			Problem: "must be 1 with the keys of RedBeat, which have one lock",
		}
	}
	zone, err := cfg.Location()
	if err != nil {
		return nil, err
	}
	st, err := redbeat.Open(redbeat.Config{
		URL: cfg.Database.URL.Reveal(), TLS: cfg.RedBeatTLS(), Sentinel: sentinel(cfg.Database.Sentinel), Prefix: cfg.Beat.RedBeat.Prefix, LockKey: cfg.Beat.RedBeat.Lock, NoLock: cfg.Unlocked(),
		Location: zone, MaxConns: redisstore.DefaultMaxConns, Logger: log,
	})
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", cfg.Database.URL, err)
	}
	return st, nil
}
