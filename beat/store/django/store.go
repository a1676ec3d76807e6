package django

import (
	"context"
	"sync/atomic"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/gormstore"
)

// source is the first part of the identity of entries, the second is the key of the task.
const source = "db:" + tableTasks

// Store reads and edits the tables of django-celery-beat; its state is that of the embedded store. It is safe for
// concurrent use.
type Store struct {
	*gormstore.Store

	schema atomic.Pointer[schema]
	watch  watch
}

var (
	_ beat.Store   = (*Store)(nil)
	_ beat.Catalog = (*Store)(nil)
	_ beat.Lister  = (*Store)(nil)
	_ beat.Vigil   = (*Store)(nil)
)

// Open opens a store. It does not need the server to be up; see gormstore.Open. The tables of the state are made or
// checked by Prepare, those of django-celery-beat must be there.
func Open(ctx context.Context, c Config) (*Store, error) {
	state, err := gormstore.Open(ctx, c.state())
	if err != nil {
		return nil, err
	}
	s := &Store{Store: state}
	s.watch = newWatch(s, c.Logger)
	return s, nil
}

// Prepare creates and updates the tables of the state, or only checks their version, and looks for those of
// django-celery-beat.
func (s *Store) Prepare(ctx context.Context, mode beat.PrepareMode) error {
	if err := s.columnsOf(ctx, &schema{columns: map[string]bool{}}, "p", tableTasks); err != nil {
		return missing(tableTasks, err)
	}
	if err := s.Store.Prepare(ctx, mode); err != nil {
		return err
	}
	_, err := s.shape(ctx)
	return err
}

// Features says what the store can do.
func (s *Store) Features() beat.Features {
	f := s.Store.Features()
	f.Name += ", tables of django-celery-beat"
	f.Source, f.Inherits, f.Hints, f.Owners = source, true, false, false
	return f
}
