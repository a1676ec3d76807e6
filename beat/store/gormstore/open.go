package gormstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/schema"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/listeners"
	"github.com/gobeat/gobeat/migrations"
)

// Open opens a store. It does not need the server to be up: a server is first connected to by the first call, which
// returns an error that wraps beat.ErrUnavailable when that is not possible. The tables are made or checked by Prepare.
func Open(ctx context.Context, c Config) (*Store, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.withDefaults()
	t, err := parseURL(c.URL)
	if err != nil {
		return nil, err
	}
	c.URL = "" // needed no more, and not to be shown by accident
	var o opened
	switch t.dialect {
	case migrations.Postgres:
		o, err = openPostgres(t, c)
	case migrations.MySQL:
		o, err = openMySQL(t, c)
	case migrations.SQLite:
		o, err = openSQLite(ctx, t, c)
	}
	if err != nil {
		return nil, err
	}
	return newStore(c, o)
}

// opened is a database as the functions of the dialects open it.
type opened struct {
	db        *sql.DB
	dialector gorm.Dialector
	dialect   dialect
}

func newStore(c Config, o opened) (*Store, error) {
	g, err := gorm.Open(o.dialector, &gorm.Config{
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
		TranslateError:         true,
		Logger:                 logger.Discard,
		NamingStrategy:         schema.NamingStrategy{TablePrefix: c.Prefix, SingularTable: true},
	})
	if err != nil {
		_ = o.db.Close() // the error that matters is the first one
		return nil, fmt.Errorf("open the database: %w: %w", beat.ErrUnavailable, err)
	}
	m, err := migrations.New(o.dialect.kind(), o.db, c.Prefix, c.part())
	if err != nil {
		_ = o.db.Close()
		return nil, err
	}
	return &Store{
		cfg: c, db: o.db, gorm: g, d: o.dialect, migrations: m, feed: o.dialect.feed(), listeners: listeners.New(),
	}, nil
}

// prefixed puts the table prefix into an SQL text.
func prefixed(query, prefix string) string { return strings.ReplaceAll(query, "${prefix}", prefix) }
