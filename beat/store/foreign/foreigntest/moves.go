package foreigntest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
)

// Movable is what an import needs of a store.
type Movable interface {
	beat.Catalog
	beat.Lister
	beat.Ledger
	Refuses(ctx context.Context, task []beat.Entry) ([]*beat.EntryError, error)
}

// Moves puts tasks with how far they have run into the rows of a table, and asks what they cannot hold.
func Moves(t *testing.T, s *Site, table string, st Movable) {
	t.Helper()
	ran := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	add := func(e beat.Entry) beat.Entry {
		t.Helper()
		e.Task, e.Active = "site.echo", true
		e.Spec = schedule.Spec{Kind: schedule.KindInterval, Every: 10, Period: "seconds"}
		added, err := st.Add(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		return added
	}
	moved := add(beat.Entry{Name: "moved", RanAt: ran})
	once := add(beat.Entry{Name: "once", OneOff: true})
	if told := s.Told(t, table, moved.ID); told.Enabled || told.Count != 0 || !told.Last.Equal(ran) {
		t.Errorf("a new row is %+v, want it off and its last run %s", told, ran)
	}

	before := s.Told(t, table, moved.ID)
	cursors := []beat.Cursor{
		{ID: moved.ID, DecidedTo: ran.Add(time.Minute), LastRun: ran.Add(time.Second), Next: ran.Add(time.Hour), Fires: 7, Spec: 5},
		{ID: once.ID, DecidedTo: ran, Fires: 1},
	}
	if err := st.Put(t.Context(), cursors); err != nil {
		t.Fatal(err)
	}
	if told := s.Told(t, table, moved.ID); told.Count != 7 || !told.Last.Equal(ran.Add(time.Second)) || told.Changed != before.Changed {
		t.Errorf("the row is %+v, want 7 runs, the last one a second later, and that it was changed %s", told, before.Changed)
	}
	if told := s.Told(t, table, once.ID); told.Count != 1 || !told.Last.IsZero() {
		t.Errorf("the row that never ran is %+v, want no last run", told)
	}
	if err := st.Put(t.Context(), []beat.Cursor{{ID: "4711", DecidedTo: ran}}); !errors.Is(err, beat.ErrNotFound) {
		t.Errorf("got %v of a row that is not there, want ErrNotFound", err)
	}
	list, _, err := st.List(t.Context(), beat.Filter{}, "", 10)
	if err != nil || len(list) != 2 || list[0].Cursor != cursors[0] || !list[0].Entry.RanAt.IsZero() {
		t.Errorf("listed %+v, %v, want the cursor %+v and no run by others", list, err, cursors[0])
	}

	// Celery takes a count for the run of a task that runs once, and switches it off.
	once.Enabled, once.ModifiedAt = true, time.Time{}
	if _, err := st.Update(t.Context(), once); err != nil {
		t.Fatal(err)
	}
	if told := s.Told(t, table, once.ID); !told.Enabled || told.Count != 0 {
		t.Errorf("the row that runs once is %+v, want it on and no runs", told)
	}
	s.Exec(t, "update "+table+" set total_run_count = 12 where id = "+string(moved.ID))
	list, _, err = st.List(t.Context(), beat.Filter{Name: "moved"}, "", 10)
	if err != nil || len(list) != 1 || list[0].Cursor.Fires != 12 {
		t.Errorf("listed %+v, %v, want the 12 runs of the row", list, err)
	}
	refuses(t, st, moved)
	if list, _, err := st.List(t.Context(), beat.Filter{}, "", 10); err != nil || len(list) != 2 {
		t.Errorf("listed %+v, %v, want the same two after questions", list, err)
	}
}

// refuses asks about tasks; known is there already.
func refuses(t *testing.T, st Movable, known beat.Entry) {
	t.Helper()
	with := func(change func(e *beat.Entry)) beat.Entry {
		e := beat.Entry{Name: "new", Task: "site.echo", Enabled: true, Active: true, Spec: known.Spec}
		change(&e)
		return e
	}
	good := with(func(*beat.Entry) {})
	for _, c := range []struct {
		name  string
		task  []beat.Entry
		field string // empty: nothing is refused
	}{
		{"new", []beat.Entry{good}, ""},
		{"known", []beat.Entry{known}, ""},
		{"two schedules", []beat.Entry{good, good}, "schedules"},
		{"a kind", []beat.Entry{with(func(e *beat.Entry) { e.Spec = schedule.Spec{Kind: schedule.KindRRule, Expression: "FREQ=DAILY"} })}, "kind"},
		{"seconds", []beat.Entry{with(func(e *beat.Entry) { e.Spec = schedule.Spec{Kind: schedule.KindCrontab, Second: "1"} })}, "schedule"},
		{"half a second", []beat.Entry{with(func(e *beat.Entry) { half := 0.5; e.ExpireSeconds = &half })}, "expire_seconds"},
	} {
		got, err := st.Refuses(t.Context(), c.task)
		switch {
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.field == "" && len(got) > 0, c.field != "" && (len(got) == 0 || got[0].Field != c.field):
			t.Errorf("%s: got %v, want the field %q", c.name, got, c.field)
		}
	}
	long := with(func(e *beat.Entry) { e.Queue = strings.Repeat("q", 300) })
	got, err := st.Refuses(t.Context(), []beat.Entry{long})
	if err != nil {
		t.Errorf("a long queue: %v", err)
	}
	_, taken := st.Add(t.Context(), long)
	if taken == nil {
		list, _, err := st.List(t.Context(), beat.Filter{Name: long.Name}, "", 1)
		if err != nil || len(list) != 1 {
			t.Fatalf("listed %+v, %v, want the one that was added", list, err)
		}
		if err := st.Delete(t.Context(), list[0].Entry.ID); err != nil {
			t.Error(err)
		}
	}
	if (taken == nil) != (len(got) == 0) || len(got) > 0 && !strings.Contains(got[0].Error(), "queue") {
		t.Errorf("a long queue: said to be refused %v, when added %v", got, taken)
	}
}
