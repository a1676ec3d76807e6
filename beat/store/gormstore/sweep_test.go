package gormstore_test

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
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

// Old runs are removed until there are none, but for the latest of each schedule that is still there.
func TestOldRuns(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		s := open(t, gormstore.Config{URL: url})
		e := add(t, s, "often", "long ago", "deleted")
		l := lead(t, s)
		at := start(t, s, l, e)
		db := raw(t, url)
		const each = 6000 // two of them are more than one statement removes
		for i, first := range []int{0, each} {
			var lines []string
			for n := range each {
				lines = append(lines, oldRun(url, e[0].ID, first+n))
			}
			if i == 0 {
				lines = append(lines, oldRun(url, e[1].ID, 0), oldRun(url, e[1].ID, 1), oldRun(url, e[2].ID, 0))
			}
			exec(t, db, "insert into beat_ledger (schedule_id, state, epoch, batch, instant, claimed_at, settled_at) values "+
				strings.Join(lines, ", "))
		}
		b := newBatch(beat.Decision{ID: e[0].ID, Prev: at, To: at.Add(time.Minute), Fire: true})
		claim(t, s, l, b, 1)
		if err := s.Settle(t.Context(), l, []beat.Settlement{{Batch: b.ID}}); err != nil {
			t.Fatal(err)
		}
		if err := s.Delete(t.Context(), e[2].ID); err != nil {
			t.Fatal(err)
		}
		before := 2*each + 4
		for { // as many are removed at once as there is time for
			if _, err := s.Renew(t.Context(), l, time.Hour); err != nil {
				t.Fatal(err)
			}
			var left int
			if err := db.QueryRowContext(t.Context(), "select count(*) from beat_ledger").Scan(&left); err != nil {
				t.Fatal(err)
			}
			if left == before {
				break
			}
			before = left
		}
		for i, want := range []time.Time{at.Add(time.Minute), oldInstant(1)} {
			runs, err := s.History(t.Context(), e[i].ID, now(t, s), 10)
			if err != nil || len(runs) != 1 || !runs[0].Instant.Equal(want) {
				t.Errorf("%s: %+v, %v, want the run of %v alone", e[i].Name, runs, err, want)
			}
		}
		if before != 2 {
			t.Errorf("%d runs are left", before)
		}
	})
}

func oldInstant(n int) time.Time { return time.Date(2020, 1, 1, 0, 0, n, 0, time.UTC) }

// oldRun is the line of the ledger about a run of long ago.
func oldRun(url string, id beat.EntryID, n int) string {
	at := oldInstant(n).Format("'2006-01-02 15:04:05'")
	switch {
	case strings.HasPrefix(url, "sqlite"):
		at = strconv.FormatInt(oldInstant(n).UnixMicro(), 10)
	case strings.HasPrefix(url, "postgresql"):
		at = oldInstant(n).Format("'2006-01-02 15:04:05Z'")
	}
	return fmt.Sprintf("(%s, 'confirmed', 1, '00000000-0000-0000-0000-000000000000', %[2]s, %[2]s, %[2]s)", id, at)
}
