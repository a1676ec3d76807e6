package gormstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/gormstore"
)

// raw opens a database without the store, as another program would.
func raw(t testing.TB, rawURL string) *sql.DB {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	driver, dsn := "pgx", rawURL
	switch u.Scheme {
	case "mysql":
		driver, dsn = "mysql", fmt.Sprintf("%s@tcp(%s)%s?clientFoundRows=true", u.User, u.Host, u.Path)
	case "sqlite":
		driver, dsn = "sqlite", strings.TrimPrefix(rawURL, "sqlite:///")+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func exec(t *testing.T, db execer, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func begin(t *testing.T, db *sql.DB) *sql.Tx {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	return tx
}

func task(name string) beat.Entry {
	return beat.Entry{
		Name: name, Task: "proj.tasks.add", Enabled: true, Active: true,
		Spec: schedule.Spec{Kind: schedule.KindInterval, Every: 10, Period: "seconds"},
	}
}

func add(t *testing.T, s *gormstore.Store, names ...string) []beat.Entry {
	t.Helper()
	var added []beat.Entry
	for _, n := range names {
		e, err := s.Add(t.Context(), task(n))
		if err != nil {
			t.Fatal(err)
		}
		added = append(added, e)
	}
	return added
}

func latest(t *testing.T, s *gormstore.Store) beat.Version {
	t.Helper()
	v, err := s.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// since returns what changed, sorted, and the version to go on with.
func since(t *testing.T, s *gormstore.Store, v beat.Version) (changed, deleted []beat.EntryID, next beat.Version) {
	t.Helper()
	entries, deleted, next, err := s.Since(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		changed = append(changed, e.ID)
	}
	slices.Sort(changed)
	slices.Sort(deleted)
	return changed, deleted, next
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func newBatch(decisions ...beat.Decision) beat.Batch {
	return beat.Batch{ID: uuid.Must(uuid.NewV7()), Decisions: decisions}
}

func lead(t *testing.T, s *gormstore.Store) beat.Lease {
	t.Helper()
	l, err := s.Acquire(t.Context(), 0, beat.Holder{ID: uuid.New(), Name: "leader"}, 1<<40, 0)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func now(t *testing.T, s *gormstore.Store) time.Time {
	t.Helper()
	at, err := s.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return at
}
