package django_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/django"
	"github.com/gobeat/gobeat/models"
)

func lead(t *testing.T, st *django.Store) beat.Lease {
	t.Helper()
	l, err := st.Acquire(t.Context(), 0, beat.Holder{ID: uuid.New(), Name: "test"}, time.Hour, 0)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func claim(t *testing.T, st *django.Store, l beat.Lease, want []beat.EntryID, d ...beat.Decision) {
	t.Helper()
	taken, err := st.Claim(t.Context(), l, beat.Batch{ID: uuid.Must(uuid.NewV7()), Decisions: d})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, taken, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("taken (-want +got):\n%s", diff)
	}
}

// told is what a row of Django's tells of the runs of its task.
type told struct {
	Enabled bool
	Count   int
	Last    time.Time
	Changed time.Time
}

func (s *site) told(t *testing.T, id beat.EntryID) told {
	t.Helper()
	var r told
	var last, changed models.Time
	err := s.db.QueryRowContext(t.Context(), "select enabled, total_run_count, last_run_at, date_changed from "+
		"django_celery_beat_periodictask where id = "+string(id)).Scan(&r.Enabled, &r.Count, &last, &changed)
	if err != nil {
		t.Fatal(err)
	}
	r.Last, r.Changed = last.Time, changed.Time
	return r
}

// A claim tells Django of its runs, exactly, in the columns for that and in no other. What runs once is switched off
// along with it, and its count begins anew: DatabaseScheduler would not run it again after somebody enabled it.
func TestClaimIsTold(t *testing.T) {
	eachDatabase(t, func(t *testing.T, s *site) {
		s.schedules(t)
		for id := 1; id <= 4; id++ {
			s.task(t, id, "interval_id", "1", "total_run_count", "41")
		}
		st := s.open(t)
		l := lead(t, st)
		all := []beat.EntryID{"1", "2", "3", "4"}
		claim(t, st, l, all, beat.Decision{ID: "1", To: changed}, beat.Decision{ID: "2", To: changed},
			beat.Decision{ID: "3", To: changed}, beat.Decision{ID: "4", To: changed})
		if got, want := s.told(t, "1"), (told{true, 41, time.Time{}, changed}); got != want {
			t.Errorf("a cursor that begins is told: %+v, want %+v", got, want)
		}
		at := changed.Add(10*time.Second + time.Microsecond)
		batch := beat.Batch{ID: uuid.Must(uuid.NewV7()), Decisions: []beat.Decision{
			{ID: "1", Prev: changed, To: at, Fire: true},
			{ID: "2", Prev: changed, To: at, Fire: true, End: beat.EndTask},
			{ID: "3", Prev: changed, To: at, Fire: true, End: beat.EndSchedule},
			{ID: "4", Prev: changed, To: at, Missed: 1, MissedReason: "skipped", MissedFrom: at, MissedTo: at},
		}}
		for range 2 { // the second time as if the answer had been lost
			if taken, err := st.Claim(t.Context(), l, batch); err != nil || len(taken) != 4 {
				t.Fatalf("Claim = %v, %v", taken, err)
			}
		}
		for id, want := range map[beat.EntryID]told{
			"1": {true, 42, at, changed},
			"2": {false, 0, at, changed},
			"3": {false, 0, at, changed},
			"4": {true, 41, time.Time{}, changed},
		} {
			if got := s.told(t, id); got != want {
				t.Errorf("task %s: %+v, want %+v", id, got, want)
			}
		}
	})
}

// What another scheduler has run since, and what is switched off or gone, is not run.
func TestClaimAfterSomebodyElse(t *testing.T) {
	eachDatabase(t, func(t *testing.T, s *site) {
		s.schedules(t)
		for id := 1; id <= 5; id++ {
			s.task(t, id, "interval_id", "1")
		}
		st := s.open(t)
		l := lead(t, st)
		var begin, run []beat.Decision
		at := changed.Add(10 * time.Second)
		for _, id := range []beat.EntryID{"1", "2", "3", "4", "5"} {
			begin = append(begin, beat.Decision{ID: id, To: changed})
			run = append(run, beat.Decision{ID: id, Prev: changed, To: at, Fire: true})
		}
		claim(t, st, l, []beat.EntryID{"1", "2", "3", "4", "5"}, begin...)
		s.exec(t, "update django_celery_beat_periodictask set last_run_at = '2026-01-31 08:00:10' where id = 1") // this very run
		s.exec(t, "update django_celery_beat_periodictask set last_run_at = '2026-01-31 08:00:09.999999' where id = 2")
		s.exec(t, "update django_celery_beat_periodictask set enabled = false where id = 3")
		s.exec(t, "delete from django_celery_beat_periodictask where id = 4")
		claim(t, st, l, []beat.EntryID{"2", "5"}, run...)
		if got := s.told(t, "1"); got.Count != 0 {
			t.Errorf("the run of somebody else was counted: %+v", got)
		}
	})
}

// Who holds a row in an open transaction delays that row only.
func TestClaimBesideEditor(t *testing.T) {
	eachDatabase(t, func(t *testing.T, s *site) {
		if strings.HasPrefix(s.url, "sqlite") {
			t.Skip("SQLite has one writer at a time")
		}
		s.schedules(t)
		s.task(t, 1, "interval_id", "1")
		s.task(t, 2, "interval_id", "1")
		st := s.open(t)
		l := lead(t, st)
		claim(t, st, l, []beat.EntryID{"1", "2"}, beat.Decision{ID: "1", To: changed}, beat.Decision{ID: "2", To: changed})
		edit, err := s.db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = edit.Rollback() }()
		if _, err := edit.ExecContext(t.Context(), "update django_celery_beat_periodictask set queue = 'q' where id = 1"); err != nil {
			t.Fatal(err)
		}
		at := changed.Add(10 * time.Second)
		first := beat.Decision{ID: "1", Prev: changed, To: at, Fire: true}
		claim(t, st, l, []beat.EntryID{"2"}, first, beat.Decision{ID: "2", Prev: changed, To: at, Fire: true})
		if err := edit.Commit(); err != nil {
			t.Fatal(err)
		}
		claim(t, st, l, []beat.EntryID{"1"}, first)
	})
}

// Rights: to read Django's tables, to write three columns of one, and everything in a schema of its own.
func TestLeastRights(t *testing.T) {
	t.Parallel()
	s := newSite(t, "postgresql", databases[1].fresh(t), newest)
	s.schedules(t)
	s.task(t, 1, "interval_id", "1", "one_off", "true")
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	role := strings.TrimPrefix(u.Path, "/") + "_beat" // roles belong to the server, names of databases are unique
	for _, statement := range []string{
		"create role " + role + " login password 'beat'",
		"create schema beat authorization " + role,
		"grant usage on schema public to " + role,
		"grant select on all tables in schema public to " + role,
		"grant update (last_run_at, total_run_count, enabled) on django_celery_beat_periodictask to " + role,
	} {
		s.exec(t, statement)
	}
	t.Cleanup(func() { // while the database is there still
		for _, statement := range []string{"drop owned by " + role, "drop role " + role} {
			if _, err := s.db.Exec(statement); err != nil { //nolint:noctx // the test's context has ended
				t.Error(err)
			}
		}
	})
	u.User = url.UserPassword(role, "beat")
	q := u.Query()
	q.Set("search_path", "beat,public")
	u.RawQuery = q.Encode()
	t.Run("beat", func(t *testing.T) {
		st := open(t, django.Config{URL: u.String(), MaxConns: 2})
		l := lead(t, st)
		v := latest(t, st)
		claim(t, st, l, []beat.EntryID{"1"}, beat.Decision{ID: "1", To: changed})
		at := changed.Add(10 * time.Second)
		claim(t, st, l, []beat.EntryID{"1"}, beat.Decision{ID: "1", Prev: changed, To: at, Fire: true, End: beat.EndTask})
		if got, want := s.told(t, "1"), (told{false, 0, at, changed}); got != want {
			t.Errorf("told %+v, want %+v", got, want)
		}
		if got, _, _ := news(t, st, v); got["1"].Enabled {
			t.Errorf("news are %+v, want the task off", got)
		}
	})
	var made int
	err = s.db.QueryRowContext(t.Context(), "select count(*) from pg_tables where schemaname = 'public' and tablename like 'django_beat%'").Scan(&made)
	if err != nil || made != 0 {
		t.Errorf("%d tables of the state stand beside Django's, %v", made, err)
	}
}
