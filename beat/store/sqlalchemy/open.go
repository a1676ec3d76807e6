package sqlalchemy

import (
	"context"

	"github.com/gobeat/gobeat/beat/store/foreign"
	"github.com/gobeat/gobeat/beat/store/gormstore"
)

// Config says which tables of which database a store uses.
type Config struct {
	// Package is the one that the tables belong to.
	Package Package

	// State are the settings of the store that keeps the state. Schema holds it and the tables, Prefix stands before the
	// package's own in the names of the state tables, and Namespace must be empty: the tables have none.
	State gormstore.Config

	// Zone is that of crontabs that are written and name none. Default: UTC.
	Zone string
}

// Open opens a store. It does not need the server to be up; see foreign.Open.
func Open(ctx context.Context, c Config) (*foreign.Store, error) {
	c.State.Prefix += c.Package.Prefix()
	return foreign.Open(ctx, foreign.Config{State: c.State, Layout: c.Package.layout(), Zone: c.Zone})
}
