package cli

import (
	"context"
	"log/slog"
	"strings"

	"github.com/gobeat/gobeat/beat/store/django"
	"github.com/gobeat/gobeat/cmd/beat/config"
	"github.com/gobeat/gobeat/migrations"
)

// migrated is a store whose tables have migrations.
type migrated interface {
	Store
	Migrations() *migrations.Migrations
}

// newMigrated returns the SQL store of the settings.
func newMigrated(ctx context.Context, cfg config.Config, log *slog.Logger) (migrated, error) {
	if cfg.Each() {
		return nil, &config.FieldError{
			Field: "database_schema", Source: cfg.Origin("database_schema"),
			Problem: "is missing: this works on one of the schemas " + strings.Join(cfg.Tenants.Schemas, ", "),
		}
	}
	switch cfg.Beat.Kind() {
	case config.KindDjango, config.KindDjcelery:
		return newDjangoStore(ctx, cfg, log)
	case config.KindSQLAlchemy, config.KindCSS:
		return newSQLAlchemyStore(ctx, cfg, log)
	default:
		return newSQLStore(ctx, cfg, log)
	}
}

// tables returns which tables the program makes under the settings: the prefix of their names, and which part.
func tables(cfg *config.Config) (prefix string, part migrations.Part) {
	switch cfg.Beat.Kind() {
	case config.KindDjango:
		return cfg.Database.Prefix + django.DefaultPrefix, migrations.State
	case config.KindDjcelery:
		return cfg.Database.Prefix + django.ForerunnerPrefix, migrations.State
	case config.KindSQLAlchemy, config.KindCSS:
		return cfg.Database.Prefix + sqlalchemyPackage(cfg).Prefix(), migrations.State
	default:
		return cfg.Database.Prefix, migrations.All
	}
}
