package foreign

import (
	"cmp"
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/gormstore"
	"github.com/gobeat/gobeat/migrations"
)

// Config says which tables of which database a store uses.
type Config struct {
	// State are the settings of the store that keeps the state. State.Tasks is the table of Layout.
	State gormstore.Config

	// Layout describes the tables.
	Layout Layout

	// Zone is that of crontabs that are written and name none. Default: UTC.
	Zone string

	// Naive is the zone of times in columns that have none, which are those of all databases but PostgreSQL. last_run_at is
	// UTC nevertheless. Default: UTC.
	Naive *time.Location

	// OneZone says that the zones in the rows of crontabs do not count, and that the scheduler writes last_run_at as UTC
	// without a zone, which PostgreSQL takes for a time of Naive.
	OneZone bool

	// MostWork is how long one poll that has cause may read on. Default: DefaultMostWork.
	MostWork time.Duration
}

// DefaultMostWork is the default of Config.MostWork.
const DefaultMostWork = 500 * time.Millisecond

// Store reads and edits the tables of another scheduler; its state is that of the embedded store. It is safe for
// concurrent use.
type Store struct {
	*gormstore.Store

	layout   Layout
	zone     string // of crontabs that are written and name none
	oneZone  bool
	clock    clock
	source   string // the first part of the identity of entries; the second is the key of the task
	schema   atomic.Pointer[schema]
	notified atomic.Bool // there are triggers
	watch    watch
}

var (
	_ beat.Store   = (*Store)(nil)
	_ beat.Catalog = (*Store)(nil)
	_ beat.Lister  = (*Store)(nil)
	_ beat.Vigil   = (*Store)(nil)
	_ beat.Ledger  = (*Store)(nil)
	_ beat.Ranger  = (*Store)(nil)
)

// Open opens a store. It does not need the server to be up; see gormstore.Open. The tables of the state are made or
// checked by Prepare, those of the scheduler must be there.
func Open(ctx context.Context, c Config) (*Store, error) {
	c.State.Tasks = c.Layout.Tasks
	if c.OneZone && c.Naive != nil {
		c.State.TasksZone = c.Naive.String()
	}
	state, err := gormstore.Open(ctx, c.State)
	if err != nil {
		return nil, err
	}
	s := &Store{Store: state, layout: c.Layout, zone: cmp.Or(c.Zone, "UTC"), oneZone: c.OneZone, source: "db:" + c.Layout.Tasks}
	if s.Dialect() != migrations.Postgres {
		s.clock.zone = c.Naive
	}
	log := c.State.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if c.MostWork == 0 {
		c.MostWork = DefaultMostWork
	}
	s.watch = watch{store: s, log: log, limit: c.MostWork, before: map[int64]time.Time{}}
	return s, nil
}

// Prepare creates and updates the tables of the state, or only checks their version, and looks for those of the
// scheduler and their triggers.
func (s *Store) Prepare(ctx context.Context, mode beat.PrepareMode) error {
	if err := s.columnsOf(ctx, newSchema(), "p", s.layout.Tasks); err != nil {
		return s.layout.missing(s.layout.Tasks, err)
	}
	if err := s.Store.Prepare(ctx, mode); err != nil {
		return err
	}
	if _, err := s.shape(ctx); err != nil {
		return err
	}
	return s.lookForTriggers(ctx)
}

// Features says what the store can do; whether it has hints is known after Prepare.
func (s *Store) Features() beat.Features {
	f := s.Store.Features()
	f.Name += ", tables of " + s.layout.Package
	f.Source, f.Inherits, f.Unmarked, f.Hints = s.source, true, true, s.notified.Load()
	f.Agenda, f.Inventory, f.Upserts = false, false, false
	return f
}
