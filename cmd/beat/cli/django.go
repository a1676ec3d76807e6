package cli

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/gobeat/gobeat/beat/store/django"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// newDjangoStore returns the store over the tables of django-celery-beat or its forerunner.
func newDjangoStore(ctx context.Context, cfg config.Config, log *slog.Logger) (*django.Store, error) {
	forerunner, pkg := cfg.Beat.Kind() == config.KindDjcelery, "django-celery-beat"
	if forerunner {
		pkg = "django-celery"
	}
	if err := noNamespace(&cfg, pkg); err != nil {
		return nil, err
	}
	c := sqlConfig(&cfg, log)
	st, err := django.Open(ctx, django.Config{
		URL: c.URL, Forerunner: forerunner, Prefix: c.Prefix, Schema: c.Schema, Logger: log, MaxConns: c.MaxConns, HistoryKeep: c.HistoryKeep,
		SpentKeep: c.SpentKeep, Zone: zoneOfRows(&cfg),
		Naive: cfg.Clock.Django.Naive(), OneZone: !cfg.Clock.Django.Aware,
	})
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", cfg.Database.URL, err)
	}
	return st, nil
}

// noNamespace refuses a namespace over the tables of a package that have none.
func noNamespace(cfg *config.Config, pkg string) error {
	if cfg.Database.Namespace == "" {
		return nil
	}
	return &config.FieldError{
		Field: "namespace", Value: cfg.Database.Namespace, Source: cfg.Origin("namespace"),
		Problem: "must be empty: the tables of " + pkg + " have no namespaces",
	}
}
