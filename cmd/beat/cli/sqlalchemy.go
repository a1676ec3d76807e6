package cli

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/gobeat/gobeat/beat/store/foreign"
	"github.com/gobeat/gobeat/beat/store/sqlalchemy"
	"github.com/gobeat/gobeat/cmd/beat/config"
	"github.com/gobeat/gobeat/migrations"
)

// sqlalchemyPackage returns the package for SQLAlchemy whose tables the settings ask for.
func sqlalchemyPackage(cfg *config.Config) sqlalchemy.Package {
	if cfg.Beat.Kind() == config.KindCSS {
		return sqlalchemy.CeleryScheduler
	}
	return sqlalchemy.CeleryBeat
}

// newSQLAlchemyStore returns the store over the tables of a scheduler for SQLAlchemy.
func newSQLAlchemyStore(ctx context.Context, cfg config.Config, log *slog.Logger) (*foreign.Store, error) {
	pkg := sqlalchemyPackage(&cfg)
	if err := noNamespace(&cfg, string(pkg)); err != nil {
		return nil, err
	}
	if err := utcOnly(&cfg, pkg); err != nil {
		return nil, err
	}
	st, err := sqlalchemy.Open(ctx, sqlalchemy.Config{Package: pkg, State: sqlConfig(&cfg, log), Zone: zoneOfRows(&cfg)})
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", cfg.Database.URL, err)
	}
	return st, nil
}

// utcOnly refuses other zones where celery-sqlalchemy-scheduler stores times of the app's zone without saying so: read
// as UTC, runs would be lost or repeated.
func utcOnly(cfg *config.Config, pkg sqlalchemy.Package) error {
	if pkg != sqlalchemy.CeleryScheduler {
		return nil
	}
	if kind, err := dialect(cfg); err != nil || kind == migrations.Postgres {
		return err
	}
	zone, err := cfg.Location()
	if err != nil {
		return err
	}
	if name := zone.String(); name != "UTC" && name != "Etc/UTC" && name != "GMT" {
		return &config.FieldError{
			Field: "timezone", Value: name, Source: cfg.Origin("timezone"),
			Problem: "must be UTC with the tables of " + string(pkg) + " in MySQL, MariaDB or SQLite, which hold times of " +
				"that zone; PostgreSQL holds instants",
		}
	}
	return nil
}
