package gormstore_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/gormstore"
	"github.com/gobeat/gobeat/internal/testenv/relay"
)

// start begins the cursors of entries an hour ago and returns that instant.
func start(t *testing.T, s *gormstore.Store, l beat.Lease, entries []beat.Entry) time.Time {
	t.Helper()
	at := now(t, s).Add(-time.Hour)
	var d []beat.Decision
	for _, e := range entries {
		d = append(d, beat.Decision{ID: e.ID, To: at})
	}
	claim(t, s, l, newBatch(d...), len(entries))
	return at
}

func claim(t *testing.T, s *gormstore.Store, l beat.Lease, b beat.Batch, want int) []beat.EntryID {
	t.Helper()
	taken, err := s.Claim(t.Context(), l, b)
	if err != nil {
		t.Fatal(err)
	}
	if len(taken) != want {
		t.Fatalf("took %v, want %d entries", taken, want)
	}
	return taken
}

// A claim that meets a takeover under way waits for it, and then claims nothing.
func TestClaimDuringTakeover(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		s := open(t, gormstore.Config{URL: url})
		db := raw(t, url)
		e := add(t, s, "one")
		l := lead(t, s)
		at := start(t, s, l, e)

		takeover := begin(t, db)
		exec(t, takeover, "update beat_lease set epoch = epoch + 1, holder = '"+uuid.NewString()+"'")
		result := make(chan error, 1)
		go func() {
			_, err := s.Claim(t.Context(), l, newBatch(beat.Decision{ID: e[0].ID, Prev: at, To: at.Add(time.Second), Fire: true}))
			result <- err
		}()
		waitForBlocked(t, s, url)
		if err := takeover.Commit(); err != nil {
			t.Fatal(err)
		}
		if err := <-result; !errors.Is(err, beat.ErrFenced) {
			t.Errorf("Claim = %v, want ErrFenced", err)
		}
		c, err := s.Get(t.Context(), []beat.EntryID{e[0].ID})
		if err != nil || !c[e[0].ID].DecidedTo.Equal(at) {
			t.Errorf("cursor %+v, %v, want it at %v", c, err, at)
		}
	})
}

// waitForBlocked returns when a session of a server waits for a lock. SQLite cannot tell; there the order of the two
// does not matter for the outcome.
func waitForBlocked(t *testing.T, s *gormstore.Store, rawURL string) {
	t.Helper()
	query := "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
	switch name := s.Features().Name; {
	case strings.HasPrefix(name, "sqlite"):
		return
	case strings.HasPrefix(name, "mariadb"):
		query = "select count(*) from information_schema.processlist where db = database() and id <> connection_id()" +
			" and info like '%into @fence%'"
	}
	db := raw(t, rawURL)
	for n := 0; n == 0; {
		if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
	}
}

// An editor who leaves a transaction open over one row does not hold up the other runs of a batch.
func TestOpenEditDelaysOnlyItsRow(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		s := open(t, gormstore.Config{URL: url})
		if strings.HasPrefix(s.Features().Name, "sqlite") {
			t.Skip("SQLite has one writer at a time")
		}
		e := add(t, s, "one", "two", "three")
		l := lead(t, s)
		at := start(t, s, l, e)
		edit := begin(t, raw(t, url))
		exec(t, edit, "update periodic_task set queue = 'q' where id in ("+e[0].TaskID+","+e[1].TaskID+")")

		to := at.Add(time.Second)
		b := newBatch(
			beat.Decision{ID: e[0].ID, Prev: at, To: to, Fire: true, End: beat.EndTask},
			beat.Decision{ID: e[1].ID, Prev: at, To: to, Fire: true},
			beat.Decision{ID: e[2].ID, Prev: at, To: to, Fire: true, End: beat.EndTask},
		)
		taken, err := s.Claim(t.Context(), l, b)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "taken while the edit is open", taken, []beat.EntryID{e[1].ID, e[2].ID})
		if err := edit.Commit(); err != nil {
			t.Fatal(err)
		}
		claim(t, s, l, newBatch(b.Decisions[0]), 1)
		got, err := s.Lookup(t.Context(), e[0].ID)
		if err != nil || got.Enabled || got.Queue != "q" {
			t.Errorf("entry %+v, %v, want it disabled with its queue", got, err)
		}
	})
}

// Missed runs and the view for people.
func TestMissedAndStatus(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		s := open(t, gormstore.Config{URL: url})
		db := raw(t, url)
		e := add(t, s, "fires", "stopped", "new", "off")
		if err := s.SetEnabled(t.Context(), e[3].TaskID, false); err != nil {
			t.Fatal(err)
		}
		l := lead(t, s)
		at := start(t, s, l, e[:2])
		to := at.Add(time.Minute)
		claim(t, s, l, newBatch(
			beat.Decision{
				ID: e[0].ID, Prev: at, To: to, Fire: true, Next: to.Add(time.Minute),
				Missed: 3, MissedReason: "coalesced", MissedFrom: at.Add(time.Second), MissedTo: at.Add(3 * time.Second),
			},
			beat.Decision{ID: e[1].ID, Prev: at, To: at, Note: "timezone: is unknown"},
		), 2)
		var n int
		var reason string
		err := db.QueryRowContext(t.Context(), "select n, reason from beat_missed where schedule_id = "+string(e[0].ID)).
			Scan(&n, &reason)
		if err != nil || n != 3 || reason != "coalesced" {
			t.Errorf("missed %d %q, %v", n, reason, err)
		}
		rows, err := db.QueryContext(t.Context(), "select name, fires, state, coalesce(reason, '') from beat_status order by schedule_id")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		var got []string
		for rows.Next() {
			var name, state, reason string
			var fires int
			if err := rows.Scan(&name, &fires, &state, &reason); err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprintf("%s %d %s %s", name, fires, state, reason))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		equal(t, "status", got, []string{
			"fires 1 on ", "stopped 0 stopped timezone: is unknown", "new 0 new ", "off 0 off the task is not enabled",
		})
	})
}

// The answer to a claim is lost with the connection: the claim is recognised by its batch and not carried out twice.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	for _, d := range databases[1:] {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			url := d.fresh(t)
			p := relay.Listen(t, url, relay.Tap{})
			s := open(t, gormstore.Config{URL: p.URL(t, url)})
			e := add(t, s, "one", "two")
			l := lead(t, s)
			at := start(t, s, l, e)
			b := newBatch(
				beat.Decision{ID: e[0].ID, Prev: at, To: at.Add(time.Second), Fire: true, Missed: 1, MissedReason: "skipped"},
				beat.Decision{ID: e[1].ID, Prev: at, To: at.Add(time.Second)},
			)
			p.CutAt(1)
			claim(t, s, l, b, 2)
			if !p.WasCut() {
				t.Fatal("no answer was lost")
			}
			claim(t, s, l, b, 2)
			c, err := s.Get(t.Context(), []beat.EntryID{e[0].ID})
			if err != nil || c[e[0].ID].Fires != 1 {
				t.Errorf("cursor %+v, %v, want one run", c, err)
			}
			p.Refuse()
			b = newBatch(beat.Decision{ID: e[0].ID, Prev: at.Add(time.Second), To: at.Add(2 * time.Second), Fire: true})
			if _, err := s.Claim(t.Context(), l, b); !errors.Is(err, beat.ErrUnavailable) && !errors.Is(err, beat.ErrUnknownOutcome) {
				t.Errorf("Claim without a server = %v, want ErrUnavailable or ErrUnknownOutcome", err)
			}
		})
	}
}
