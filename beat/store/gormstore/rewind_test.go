package gormstore_test

import (
	"errors"
	"testing"
	"time"

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
