package memstore

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// maxBatch is the most decisions in one claim, as in the SQL stores.
const maxBatch = 1000

// Store is a handle on data in memory. It is safe for concurrent use.
type Store struct {
	*data

	closed atomic.Bool
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
)

// New returns an empty store.
func New() *Store {
	return &Store{data: newData()}
}

// Handle returns another handle on the same data, as a second process would have. Closing one leaves the other open.
func (s *Store) Handle() *Store {
	return &Store{data: s.data}
}

// Prepare does nothing; there is nothing to create.
func (s *Store) Prepare(ctx context.Context, _ beat.PrepareMode) error {
	unlock, err := s.begin(ctx)
	if err != nil {
		return err
	}
	unlock()
	return nil
}

// Features says what the store can do.
func (s *Store) Features() beat.Features {
	return beat.Features{
		Name:     "memory",
		Source:   "db:task_schedule",
		MaxBatch: maxBatch,
		Hints:    true,
		Clock:    true,
		History:  true,
		Locks:    true,
		Owners:   true,

		Agenda:    true,
		Ledger:    true,
		Inventory: true,
		Upserts:   true,
		Extends:   true,
	}
}

// Now returns the time of the process, UTC.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	unlock, err := s.begin(ctx)
	if err != nil {
		return time.Time{}, err
	}
	defer unlock()
	return now(), nil
}

// Close makes every later call on this handle return ErrClosed. It is idempotent.
func (s *Store) Close() error {
	s.closed.Store(true)
	return nil
}

// begin takes the lock of the data, unless the handle is closed or the context has ended.
func (s *Store) begin(ctx context.Context) (unlock func(), err error) {
	if s.closed.Load() {
		return nil, fmt.Errorf("memory store: %w", beat.ErrClosed)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	return s.mu.Unlock, nil
}

func now() time.Time { return stamp(time.Now()) }

// stamp gives t the form in which SQL stores keep it: UTC, microseconds.
func stamp(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}
