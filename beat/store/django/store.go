package django

import (
	"context"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/foreign"
)

// Store reads and edits the tables of django-celery-beat. It is safe for concurrent use.
type Store struct{ *foreign.Store }

var (
	_ beat.Store   = (*Store)(nil)
	_ beat.Catalog = (*Store)(nil)
	_ beat.Lister  = (*Store)(nil)
	_ beat.Vigil   = (*Store)(nil)
)

// Open opens a store. It does not need the server to be up; see foreign.Open.
func Open(ctx context.Context, c Config) (*Store, error) {
	s, err := foreign.Open(ctx, c.foreign())
	if err != nil {
		return nil, err
	}
	return &Store{s}, nil
}
