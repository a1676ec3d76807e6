package gormstore_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/gormstore"
)

// Rows whose last run was sent long ago are removed, if that is asked for, and nothing else is.
func TestSpentRows(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		s := open(t, gormstore.Config{URL: url, SpentKeep: 30 * time.Minute, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
		e := add(t, s, "one-off", "clocked", "counted", "recent", "recurring", "switched off", "again")
		for _, statement := range []string{
			"update periodic_task set one_off = true where name in ('one-off', 'recent', 'again')",
			"update task_schedule set kind = 'clocked' where id = " + string(e[1].ID),
			"update periodic_task set max_runs = 1 where name = 'counted'",
		} {
			exec(t, raw(t, url), statement)
		}
		l := lead(t, s)
		at := start(t, s, l, e)
		old, recent := at.Add(10*time.Minute), at.Add(50*time.Minute)
		claim(t, s, l, newBatch(
			beat.Decision{ID: e[0].ID, Prev: at, To: old, Fire: true, End: beat.EndTask},
			beat.Decision{ID: e[1].ID, Prev: at, To: old, Fire: true, End: beat.EndSchedule},
			beat.Decision{ID: e[2].ID, Prev: at, To: old, Fire: true, End: beat.EndSchedule},
			beat.Decision{ID: e[3].ID, Prev: at, To: recent, Fire: true, End: beat.EndTask},
			beat.Decision{ID: e[4].ID, Prev: at, To: old, Fire: true},
			beat.Decision{ID: e[5].ID, Prev: at, To: old, Fire: true},
			beat.Decision{ID: e[6].ID, Prev: at, To: old, Fire: true, End: beat.EndTask},
		), 7)
		for i, on := range map[int]bool{5: false, 6: true} {
			if err := s.SetEnabled(t.Context(), e[i].TaskID, on); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Renew(t.Context(), l, time.Hour); err != nil {
			t.Fatal(err)
		}
		states, _, err := s.List(t.Context(), beat.Filter{}, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, st := range states {
			got = append(got, st.Entry.Name)
		}
		equal(t, "left", got, []string{"again", "recent", "recurring", "switched off"})
		cursors, err := s.Get(t.Context(), []beat.EntryID{e[0].ID, e[1].ID, e[2].ID, e[3].ID, e[4].ID})
		if err != nil || len(cursors) != 2 {
			t.Errorf("cursors %v, %v, want those of the rows that are left", cursors, err)
		}
	})
}
