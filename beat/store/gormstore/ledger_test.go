package gormstore_test

import (
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/gormstore"
)

// While cursors are put, nobody can take a lease that is free: its leader would decide by cursors that are replaced.
func TestNobodyLeadsWhileCursorsArePut(t *testing.T) {
	t.Parallel()
	url := databases[1].fresh(t)
	s := open(t, gormstore.Config{URL: url})
	e := add(t, s, "one")[0]
	if err := s.Release(t.Context(), lead(t, s)); err != nil {
		t.Fatal(err)
	}
	db := raw(t, url)
	other := begin(t, db) // has a cursor on the way, which Put waits for
	exec(t, other, "insert into beat_cursor (schedule_id, shard, decided_to) values ("+string(e.ID)+", 0, now())")
	put := make(chan error, 1)
	go func() { put <- s.Put(t.Context(), []beat.Cursor{{ID: e.ID, DecidedTo: time.Unix(1, 0)}}) }()
	waitForBlocked(t, s, url)
	if _, err := db.ExecContext(t.Context(), "select 1 from beat_lease for update nowait"); err == nil {
		t.Error("the lease could be taken")
	}
	if err := other.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-put; err != nil {
		t.Error(err)
	}
}
