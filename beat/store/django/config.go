package django

import (
	"log/slog"
	"time"

	"github.com/gobeat/gobeat/beat/store/foreign"
	"github.com/gobeat/gobeat/beat/store/gormstore"
)

// DefaultPrefix stands before the names of the state tables; beside the tables of django-celery it is ForerunnerPrefix.
const (
	DefaultPrefix    = "django_"
	ForerunnerPrefix = "djcelery_"
)

// Config says which database a store uses. The zero value of each field but URL is its default.
type Config struct {
	// URL names the database, as for gormstore.
	URL string

	// Forerunner is for the tables of django-celery, from which django-celery-beat was made: djcelery_periodictask and so on.
	Forerunner bool

	// Prefix stands before DefaultPrefix in the names of the state tables. Default: none.
	Prefix string

	// Schema holds the tables of django-celery-beat and of the state; only PostgreSQL has it. Default: those of the
	// user's search path, the state in the first one.
	Schema string

	// Zone is that of crontabs that are written and name none. Default: UTC.
	Zone string

	// Naive is the zone of times that Django writes without one: its TIME_ZONE where USE_TZ is False. Default: UTC.
	Naive *time.Location

	// OneZone is DJANGO_CELERY_BEAT_TZ_AWARE = False: the zones in the rows of crontabs do not count.
	OneZone bool

	// MaxConns is as for gormstore.
	MaxConns int

	// HistoryKeep is as for gormstore.
	HistoryKeep time.Duration

	// SpentKeep is as for gormstore; it removes one-off tasks, clocked ones among them.
	SpentKeep time.Duration

	// Logger is told of a second scheduler, and of what goes wrong in housekeeping. Default: nothing is logged.
	Logger *slog.Logger
}

// Validate returns the first fault of the settings. It never shows the URL, which may hold a password.
func (c Config) Validate() error { return c.foreign().State.Validate() }

func (c Config) foreign() foreign.Config {
	prefix := DefaultPrefix
	if c.Forerunner {
		prefix = ForerunnerPrefix
	}
	return foreign.Config{
		State: gormstore.Config{
			URL: c.URL, Prefix: c.Prefix + prefix, Schema: c.Schema,
			MaxConns: c.MaxConns, HistoryKeep: c.HistoryKeep, SpentKeep: c.SpentKeep, Logger: c.Logger,
		},
		Layout: layout(c.Forerunner), Zone: c.Zone, Naive: c.Naive, OneZone: c.OneZone,
	}
}
