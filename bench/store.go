package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gobeat/gobeat/internal/testenv/server"
)

// store is a kind of database that is measured.
type store struct {
	title string
	kind  server.Kind // the zero one: a file
	args  []string    // with which the server keeps what it confirms
	most  time.Duration
}

// With a lock that ends with its process the death of a leader is noticed at once, else at the end of its lease.
const (
	mostLocked = 2 * time.Second
	mostLeased = 10 * time.Second
)

func allStores() []store {
	return []store{
		{"PostgreSQL", server.Postgres(), []string{"-c", "fsync=on", "-c", "full_page_writes=on"}, mostLocked},
		{"MariaDB", server.MariaDB(), []string{"--innodb-flush-log-at-trx-commit=1"}, mostLocked},
		{"SQLite", server.Kind{}, nil, mostLeased},
		{"Redis", server.Redis(), []string{"--appendonly", "yes"}, mostLeased},
		{"MongoDB (FerretDB)", server.MongoDB(), nil, mostLeased},
		{"DynamoDB (moto)", server.DynamoDB(), nil, mostLeased},
	}
}

// start makes an empty database and returns its URL.
func (st *store) start(ctx context.Context) (url string, end func() error, err error) {
	if st.kind.Name == "" {
		dir, err := os.MkdirTemp("", "gobeat-bench-")
		if err != nil {
			return "", nil, fmt.Errorf("make a folder for the file: %w", err)
		}
		return "sqlite:///" + filepath.Join(dir, "beat.db"), func() error { return os.RemoveAll(dir) }, nil
	}
	one, err := server.Start(ctx, st.kind, st.args...)
	if err != nil {
		return "", nil, err
	}
	return one.URL(), one.Close, nil
}

// measured is what was found of a store.
type measured struct {
	rate   float64   // runs sent a second
	pauses []float64 // seconds
}

// measure measures a store and ends it.
func (b *bench) measure(ctx context.Context, st *store) (m measured, err error) {
	url, end, err := st.start(ctx)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, end()) }()
	if m.rate, err = b.rateOf(ctx, url); err != nil {
		return m, err
	}
	m.pauses, err = b.pausesOf(ctx, url)
	return m, err
}
