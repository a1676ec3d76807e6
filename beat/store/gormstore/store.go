package gormstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/listeners"
	"github.com/gobeat/gobeat/migrations"
	"github.com/gobeat/gobeat/models"
)

// maxBatch is the most decisions in one claim.
const maxBatch = 1000

// source is the first part of the identity of entries. It does not depend on the prefix, so that a table may be
// renamed without its messages getting other ids.
const source = "db:" + models.TableTaskSchedule

// Store keeps entries, cursors and leases in an SQL database. It is safe for concurrent use.
type Store struct {
	cfg        Config
	db         *sql.DB
	gorm       *gorm.DB
	d          dialect
	migrations *migrations.Migrations

	feedMu sync.Mutex
	feed   feed

	sweeper sweeper // of what is done often
	spent   sweeper // of rows
	oldest  sweeper // of runs
	name    atomic.Pointer[string]

	closed    atomic.Bool
	listeners *listeners.Group
}

var (
	_ beat.Store   = (*Store)(nil)
	_ beat.Catalog = (*Store)(nil)
	_ beat.Lister  = (*Store)(nil)
	_ beat.Vigil   = (*Store)(nil)

	_ beat.Agenda    = (*Store)(nil)
	_ beat.Ledger    = (*Store)(nil)
	_ beat.Inventory = (*Store)(nil)
	_ beat.Upserter  = (*Store)(nil)
	_ beat.Extender  = (*Store)(nil)
	_ beat.Ranger    = (*Store)(nil)
)

// Prepare creates and updates the tables, or only checks their version.
func (s *Store) Prepare(ctx context.Context, mode beat.PrepareMode) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	var name string
	if err := s.db.QueryRowContext(ctx, s.d.serverVersion()).Scan(&name); err != nil {
		return s.wrap("connect to the database", err)
	}
	s.name.Store(&name)
	if mode == beat.PrepareCreate {
		return s.create(ctx)
	}
	err := s.migrations.Check(ctx)
	if pending, ok := errors.AsType[*migrations.PendingError](err); ok {
		return fmt.Errorf("%w: %w; run: beat migrate up", beat.ErrMigrate, pending)
	}
	return s.wrap("check the tables", err)
}

func (s *Store) create(ctx context.Context) error {
	if s.cfg.Schema != "" {
		if _, err := s.db.ExecContext(ctx, `create schema if not exists "`+s.cfg.Schema+`"`); err != nil {
			return s.wrap("create the schema", err)
		}
	}
	_, err := s.migrations.Up(ctx)
	if pending, ok := errors.AsType[*migrations.PendingError](err); ok {
		return fmt.Errorf("%w: %w", beat.ErrMigrate, pending)
	}
	return s.wrap("create the tables", err)
}

// Migrations returns the migrations of the store's database, for commands that move them.
func (s *Store) Migrations() *migrations.Migrations { return s.migrations }

// Features says what the store can do. The version of the server is known after Prepare.
func (s *Store) Features() beat.Features {
	name := string(s.d.kind())
	if n := s.name.Load(); n != nil {
		name = *n
	}
	return beat.Features{
		Name:     name,
		Source:   source,
		MaxBatch: maxBatch,
		Hints:    s.d.hints() != nil,
		Clock:    true,
		History:  true,
		Durable:  true,
		Shared:   true,
		Locks:    s.d.locks() != nil,
		Owners:   true,

		Agenda:    true,
		Ledger:    true,
		Inventory: true,
		Upserts:   true,
		Extends:   true,
		Ranges:    true,
	}
}

// Now returns the database's clock; for SQLite that is the clock of the host.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	if err := s.usable(ctx); err != nil {
		return time.Time{}, err
	}
	var now models.Time
	if err := s.db.QueryRowContext(ctx, "select "+s.d.clock(0)).Scan(&now); err != nil {
		return time.Time{}, s.wrap("read the clock", err)
	}
	return now.Time, nil
}

// Close ends the connections and waits for the listeners to stop.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	s.listeners.Close()
	// Errors here say that a connection was broken already, which is closed well enough.
	_ = s.db.Close()
	_ = s.d.close()
	return nil
}

// usable returns an error when the store is closed or the context has ended.
func (s *Store) usable(ctx context.Context) error {
	if s.closed.Load() {
		return fmt.Errorf("database: %w", beat.ErrClosed)
	}
	return ctx.Err()
}

// sql puts the prefix into a query.
func (s *Store) sql(query string) string { return prefixed(query, s.cfg.Prefix) }
