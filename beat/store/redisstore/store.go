package redisstore

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/listeners"
)

// maxBatch is the most decisions in one claim, as in the SQL stores.
const maxBatch = 1000

// Store keeps its data in Redis. It is safe for concurrent use.
type Store struct {
	cfg     Config
	base    string // prefix of all keys
	client  *goredis.Client
	scripts scripts

	server atomic.Pointer[server] // as Prepare met it; nil before
	closed atomic.Bool

	listeners *listeners.Group
}

var (
	_ beat.Store   = (*Store)(nil)
	_ beat.Catalog = (*Store)(nil)
	_ beat.Lister  = (*Store)(nil)

	_ beat.Agenda    = (*Store)(nil)
	_ beat.Ledger    = (*Store)(nil)
	_ beat.Inventory = (*Store)(nil)
	_ beat.Upserter  = (*Store)(nil)
	_ beat.Extender  = (*Store)(nil)
)

// Open returns a store. It connects when it is first used.
func Open(c Config) (*Store, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.withDefaults()
	urls, err := c.addresses()
	if err != nil {
		return nil, err
	}
	s := &Store{cfg: c, base: c.prefix(), listeners: listeners.New()}
	if s.scripts, err = readScripts(c.Foreign); err != nil {
		return nil, err
	}
	s.client = goredis.NewClient(options(urls, c))
	return s, nil
}

// Features says what the store can do. What is durable is known after Prepare.
func (s *Store) Features() beat.Features {
	f := beat.Features{
		Name: "redis", Source: "db:task_schedule", MaxBatch: maxBatch,
		Hints: true, Clock: true, History: true, Shared: true, Owners: true,
		Agenda: true, Ledger: true, Inventory: true, Upserts: true, Extends: true,
	}
	if met := s.server.Load(); met != nil {
		f.Name, f.Durable = "redis "+met.version, met.appendOnly
	}
	return f
}

// Now returns Redis's clock, UTC.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	if err := s.ready(ctx); err != nil {
		return time.Time{}, err
	}
	t, err := s.client.Time(ctx).Result()
	if err != nil {
		return time.Time{}, s.failed(ctx, "ask for the time", err)
	}
	return t.UTC(), nil
}

// Close ends the connections and waits for the listeners to stop. It is idempotent.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	s.listeners.Close()
	return s.client.Close()
}

// ready refuses a call on a closed store or under a context that has ended.
func (s *Store) ready(ctx context.Context) error {
	if s.closed.Load() {
		return fmt.Errorf("redis store: %w", beat.ErrClosed)
	}
	return ctx.Err()
}

// failed says what an error of the client library means to the caller.
func (s *Store) failed(ctx context.Context, what string, err error) error {
	switch {
	case s.closed.Load() || errors.Is(err, goredis.ErrClosed):
		return fmt.Errorf("%s: %w", what, beat.ErrClosed)
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", what, errors.Join(ctx.Err(), err))
	}
	return fmt.Errorf("%s: %w: %w", what, beat.ErrUnavailable, err)
}
