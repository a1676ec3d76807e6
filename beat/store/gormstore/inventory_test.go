package gormstore_test

import (
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/gormstore"
)

// However many entries were deleted, one row tells so after the leader has tidied up.
func TestEmptiedIsOneRow(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		s := open(t, gormstore.Config{URL: url})
		db := raw(t, url)
		add(t, s, "one", "two", "three")
		exec(t, db, "delete from periodic_task where name = 'one'", "delete from periodic_task")
		if _, err := s.Renew(t.Context(), lead(t, s), time.Hour); err != nil { // tidies up
			t.Fatal(err)
		}
		var left int
		if err := db.QueryRowContext(t.Context(), "select count(*) from beat_emptied").Scan(&left); err != nil || left != 1 {
			t.Errorf("%d rows are left, %v, want one", left, err)
		}
		if stored, err := s.Stored(t.Context()); err != nil || stored != beat.StoredEmpty {
			t.Errorf("stored %v, %v, want empty", stored, err)
		}
	})
}
