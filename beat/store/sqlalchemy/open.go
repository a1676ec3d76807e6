package sqlalchemy

import (
	"context"

	"github.com/gobeat/gobeat/beat/store/foreign"
	"github.com/gobeat/gobeat/beat/store/gormstore"
)

// Open opens a store over the tables of a package. Of the settings, Schema holds them and the state, Prefix stands before
// the package's own in the names of the state tables, and Namespace must be empty: the tables have none. It does not need
// the server to be up; see foreign.Open.
func Open(ctx context.Context, p Package, c gormstore.Config) (*foreign.Store, error) {
	c.Prefix += p.Prefix()
	return foreign.Open(ctx, foreign.Config{State: c, Layout: p.layout()})
}
