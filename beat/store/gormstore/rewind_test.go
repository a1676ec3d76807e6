package gormstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/gormstore"
)

// The state tables go back to an earlier copy of themselves, as after a failover that lost commits or a restore: the
// leader is refused at its next renewal, though the copy has its own lease.
func TestRestoredTables(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		s := open(t, gormstore.Config{URL: url})
		db := raw(t, url)
		e := add(t, s, "one")
		l := lead(t, s)
		at := start(t, s, l, e)
		tables := []string{"beat_lease", "beat_cursor", "beat_batch", "beat_ledger"}
		for _, table := range tables {
			exec(t, db, "create table saved_"+table+" as select * from "+table)
		}
		claim(t, s, l, newBatch(beat.Decision{ID: e[0].ID, Prev: at, To: at.Add(time.Second), Fire: true}), 1)
		renewed, err := s.Renew(t.Context(), l, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		restore := begin(t, db)
		for _, table := range tables {
			exec(t, restore, "delete from "+table)
			exec(t, restore, "insert into "+table+" select * from saved_"+table)
		}
		if err := restore.Commit(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Renew(t.Context(), renewed, time.Hour); !errors.Is(err, beat.ErrFenced) {
			t.Errorf("Renew = %v, want ErrFenced", err)
		}
		st, err := s.Leader(t.Context(), 0)
		if err != nil || st.Epoch != l.Epoch || st.Holder != l.Holder || st.Renewals != 0 {
			t.Errorf("leader %+v, %v, want the restored lease", st, err)
		}
		again, err := s.Acquire(t.Context(), 0, beat.Holder{ID: l.Holder}, time.Hour, l.Epoch+5)
		if err != nil || again.Epoch != l.Epoch+5 {
			t.Errorf("Acquire = %+v, %v, want epoch %d", again, err, l.Epoch+5)
		}
	})
}

// A run that is claimed again because its cursor was put back is settled with others, and the history keeps what it knew.
func TestSettledAgain(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		s := open(t, gormstore.Config{URL: url})
		e := add(t, s, "one", "two")
		l := lead(t, s)
		at := start(t, s, l, e)
		run := at.Add(time.Second)
		first := newBatch(beat.Decision{ID: e[0].ID, Prev: at, To: run, Fire: true})
		claim(t, s, l, first, 1)
		settle(t, s, l, first.ID)

		if err := s.Release(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		if err := s.Put(t.Context(), []beat.Cursor{{ID: e[0].ID, DecidedTo: at}}); err != nil {
			t.Fatal(err)
		}
		l = lead(t, s)
		again := newBatch(
			beat.Decision{ID: e[0].ID, Prev: at, To: run, Fire: true}, beat.Decision{ID: e[1].ID, Prev: at, To: run, Fire: true})
		claim(t, s, l, again, 2)
		settle(t, s, l, again.ID)

		for i, want := range []beat.Batch{first, again} {
			runs, err := s.History(t.Context(), e[i].ID, run.Add(time.Hour), 10)
			if err != nil || len(runs) != 1 || runs[0].Batch != want.ID {
				t.Errorf("history of %s: %+v, %v, want one run of batch %s", e[i].Name, runs, err, want.ID)
			}
		}
		if open, err := s.Unsettled(t.Context(), beat.Lease{Shard: l.Shard, Epoch: l.Epoch + 1}); err != nil || len(open) > 0 {
			t.Errorf("unsettled: %+v, %v", open, err)
		}
	})
}

func settle(t *testing.T, s *gormstore.Store, l beat.Lease, batch uuid.UUID) {
	t.Helper()
	if err := s.Settle(t.Context(), l, []beat.Settlement{{Batch: batch}}); err != nil {
		t.Fatal(err)
	}
}
