package gormstore_test

import (
	"path/filepath"
	"testing"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/gormstore"
	"github.com/gobeat/gobeat/beat/store/seedtest"
	"github.com/gobeat/gobeat/beat/store/storetest"
	"github.com/gobeat/gobeat/internal/testenv"
)

// databases makes a fresh database of each kind and returns its URL.
var databases = []struct {
	name  string
	fresh func(t testing.TB) string
}{
	{"sqlite", func(t testing.TB) string {
		t.Helper()
		return "sqlite:///" + filepath.Join(t.TempDir(), "beat.db")
	}},
	{"postgresql", func(t testing.TB) string { t.Helper(); return testenv.PostgreSQL(t) }},
	{"mariadb", func(t testing.TB) string { t.Helper(); return testenv.MariaDB(t) }},
}

// eachDatabase runs a test on a fresh database of each kind.
func eachDatabase(t *testing.T, f func(t *testing.T, url string)) {
	t.Helper()
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			f(t, d.fresh(t))
		})
	}
}

// open opens a store and makes its tables.
func open(t *testing.T, c gormstore.Config) *gormstore.Store {
	t.Helper()
	s, err := gormstore.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Prepare(t.Context(), beat.PrepareCreate); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			if d.name != "postgresql" && testing.Short() {
				t.Skip("-short, as the race detector is used with, is about our own code, which one database exercises")
			}
			storetest.Run(t, stores(d.fresh))
		})
	}
}

func TestSeeds(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			seedtest.Run(t, stores(d.fresh))
		})
	}
}

func TestRecovery(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			seedtest.Recovery(t, stores(d.fresh))
		})
	}
}

// prefix is before the names of tables, so that tests notice statements without it.
const prefix = "x_"

// stores makes a database for each test, in which every handle opens a store.
func stores(database func(t testing.TB) string) func(t *testing.T) storetest.Open {
	return func(t *testing.T) storetest.Open {
		t.Helper()
		url := database(t)
		return func(t *testing.T, namespace string) storetest.Store {
			t.Helper()
			c := gormstore.Config{URL: url, Namespace: namespace, Prefix: prefix, MaxConns: 2}
			return rigged{open(t, c), c}
		}
	}
}
