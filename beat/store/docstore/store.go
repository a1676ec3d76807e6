package docstore

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/claimlog"
	"github.com/gobeat/gobeat/beat/store/entryjson"
	"github.com/gobeat/gobeat/beat/store/listeners"
	"github.com/gobeat/gobeat/beat/store/listing"
)

// Store is a store over documents. It is safe for concurrent use.
type Store struct {
	*claimlog.Log

	db     Database
	sweep  sweep
	mark   atomic.Pointer[mark] // nil: not known
	closed atomic.Bool

	listeners *listeners.Group
}

var (
	_ beat.Store     = (*Store)(nil)
	_ beat.Catalog   = (*Store)(nil)
	_ beat.Lister    = (*Store)(nil)
	_ beat.Agenda    = (*Store)(nil)
	_ beat.Ledger    = (*Store)(nil)
	_ beat.Inventory = (*Store)(nil)
	_ beat.Upserter  = (*Store)(nil)
	_ beat.Extender  = (*Store)(nil)
)

// New returns the store over a database, which it closes at its own end.
func New(db Database) *Store {
	s := &Store{db: db, sweep: sweep{every: db.SweepEvery()}, listeners: listeners.New()}
	s.Log = claimlog.New(db, switches{s})
	return s
}

// Prepare creates what is missing, or says what is.
func (s *Store) Prepare(ctx context.Context, mode beat.PrepareMode) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	return s.db.Prepare(ctx, mode)
}

// Features says what the store can do.
func (s *Store) Features() beat.Features {
	return beat.Features{
		Name: s.db.Name(), Source: "db:task_schedule", MaxBatch: claimlog.MaxBatch,
		Hints: s.watcher() != nil, Clock: s.db.HasClock(), Durable: true, Shared: true, Owners: true, History: true,
		Agenda: true, Ledger: true, Inventory: true, Upserts: true, Extends: true,
	}
}

// Now returns the clock of the database, UTC, or ErrNoClock.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	if err := s.ready(ctx); err != nil {
		return time.Time{}, err
	}
	at, err := s.db.Now(ctx)
	return entryjson.Stamp(at), err
}

// Close ends the connections. It is idempotent.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	s.listeners.Close()
	s.Log.Close()
	return s.db.Close()
}

// Named returns the schedules of the task with a name.
func (s *Store) Named(ctx context.Context, name string) ([]beat.Entry, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	documents, err := s.db.Named(ctx, name)
	var list []beat.Entry
	for _, d := range documents {
		list = append(list, entries(d)...)
	}
	return list, err
}

// List returns entries with their cursors, ordered by name, then id. It reads all entries for that, unless f has a name.
func (s *Store) List(
	ctx context.Context, f beat.Filter, after beat.PageToken, limit int,
) ([]beat.EntryState, beat.PageToken, error) {
	return listing.List(ctx, s, f, after, limit)
}

// ready refuses a call on a closed store or under a context that has ended.
func (s *Store) ready(ctx context.Context) error {
	if s.closed.Load() {
		return fmt.Errorf("%s store: %w", s.db.Name(), beat.ErrClosed)
	}
	return ctx.Err()
}

// clock is that of the database, or of the process if the database has none.
func (s *Store) clock(ctx context.Context) (time.Time, error) {
	at, err := s.db.Now(ctx)
	if errors.Is(err, beat.ErrNoClock) {
		at, err = time.Now(), nil
	}
	return entryjson.Stamp(at), err
}
