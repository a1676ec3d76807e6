package cli

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/django"
	"github.com/gobeat/gobeat/beat/store/gormstore"
	"github.com/gobeat/gobeat/cmd/beat/config"
	"github.com/gobeat/gobeat/migrations"
)

// newDjangoStore returns the store over the tables of django-celery-beat.
func newDjangoStore(ctx context.Context, cfg config.Config, log *slog.Logger) (*django.Store, error) {
	if cfg.Database.Namespace != "" {
		return nil, &config.FieldError{
			Field: "namespace", Value: cfg.Database.Namespace, Source: cfg.Origin("namespace"),
			Problem: "must be empty: the tables of django-celery-beat have no namespaces",
		}
	}
	st, err := django.Open(ctx, django.Config{
		URL: cfg.Database.URL.Reveal(), Prefix: cfg.Database.Prefix, Schema: cfg.Database.Schema, Logger: log,
		MaxConns:    gormstore.DefaultMaxConns + cfg.Beat.Shards - 1,
		HistoryKeep: historyKeep(cfg.Database.HistoryKeep),
	})
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", cfg.Database.URL, err)
	}
	return st, nil
}

// migrated is a store whose tables have migrations.
type migrated interface {
	beat.Lifecycle
	Migrations() *migrations.Migrations
}

// newMigrated returns the SQL store of the settings.
func newMigrated(ctx context.Context, cfg config.Config, log *slog.Logger) (migrated, error) {
	if cfg.Beat.Kind() == config.KindDjango {
		return newDjangoStore(ctx, cfg, log)
	}
	return newSQLStore(ctx, cfg, log)
}

// tables returns which tables the program makes under the settings: the prefix of their names, and which part.
func tables(cfg *config.Config) (prefix string, part migrations.Part) {
	if cfg.Beat.Kind() == config.KindDjango {
		return cfg.Database.Prefix + django.DefaultPrefix, migrations.State
	}
	return cfg.Database.Prefix, migrations.All
}
