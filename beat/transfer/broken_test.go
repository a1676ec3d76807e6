package transfer_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/memstore"
	"github.com/gobeat/gobeat/beat/transfer"
)

var errKilled = errors.New("killed")

// mortal is the store of a process that is killed at one of its writes: before or after that has its effect. No later one
// has any.
type mortal struct {
	*memstore.Store

	left  int // writes until then
	after bool
	dead  bool
}

func (m *mortal) do(write func() error) error {
	if m.dead {
		return errKilled
	}
	if m.left > 0 {
		m.left--
		return write()
	}
	m.dead = true
	if m.after {
		_ = write() // nobody learns what became of it
	}
	return errKilled
}

func (m *mortal) Add(ctx context.Context, e beat.Entry) (added beat.Entry, err error) {
	return added, m.do(func() error {
		added, err = m.Store.Add(ctx, e)
		return err
	})
}

func (m *mortal) Update(ctx context.Context, e beat.Entry) (updated beat.Entry, err error) {
	return updated, m.do(func() error {
		updated, err = m.Store.Update(ctx, e)
		return err
	})
}

func (m *mortal) Delete(ctx context.Context, id beat.EntryID) error {
	return m.do(func() error { return m.Store.Delete(ctx, id) })
}

func (m *mortal) Put(ctx context.Context, cursors []beat.Cursor) error {
	if len(cursors) == 0 {
		return m.Store.Put(ctx, nil)
	}
	return m.do(func() error { return m.Store.Put(ctx, cursors) })
}

// lead is a beat that leads for a moment. It decides about what is switched off, and leaves the rest alone.
func lead(t *testing.T, s *memstore.Store) {
	t.Helper()
	l, err := s.Acquire(t.Context(), 0, beat.Holder{ID: uuid.New(), Name: "meanwhile"}, time.Minute, 0)
	if err != nil {
		t.Fatal(err)
	}
	entries, _, err := s.List(t.Context(), beat.Filter{}, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	b := beat.Batch{ID: uuid.New()}
	for _, e := range entries {
		if !e.Entry.Running() {
			b.Decisions = append(b.Decisions, beat.Decision{
				ID: e.Entry.ID, Prev: e.Cursor.DecidedTo, To: time.Now().UTC().Truncate(time.Microsecond), Note: "is switched off",
			})
		}
	}
	taken, err := s.Claim(t.Context(), l, b)
	if err != nil || len(taken) != len(b.Decisions) {
		t.Fatalf("%d of %d decisions were taken, %v", len(taken), len(b.Decisions), err)
	}
	if err := s.Release(t.Context(), l); err != nil {
		t.Fatal(err)
	}
}

const ran = `gobeat: 1
---
name: a
task: proj.a
queue: fast
schedules:
  - {kind: interval, every: 10, period: minutes, state: {decided_to: 2026-01-01T00:00:00Z, last_run: 2026-01-01T00:00:00Z, runs: 3}}
  - {kind: crontab, minute: "30", state: {decided_to: 2026-01-01T00:30:00Z}}
  - {kind: crontab, minute: "45", state: {decided_to: 2026-01-01T00:45:00Z}}
---
name: b
task: proj.b
schedules:
  - {kind: crontab, minute: "15", state: {decided_to: 2026-01-01T00:15:00Z, last_run: 2026-01-01T00:15:00Z, runs: 1}}
`

// before is what is in the store when ran replaces it: other fields, other schedules, one that has run since the export.
const before = `gobeat: 1
---
name: a
task: proj.a
queue: slow
schedules:
  - {kind: crontab, minute: "1", state: {decided_to: 2025-01-01T00:01:00Z, last_run: 2025-01-01T00:01:00Z, runs: 7}}
  - {kind: crontab, minute: "30", state: {decided_to: 2026-01-02T00:30:00Z, last_run: 2026-01-02T00:30:00Z, runs: 9}}
  - {kind: crontab, minute: "2"}
  - {kind: crontab, minute: "3", state: {decided_to: 2025-01-01T00:01:00Z}}
  - {kind: crontab, minute: "4"}
---
name: b
task: proj.b
queue: other
schedules:
  - {kind: crontab, minute: "15", state: {decided_to: 2025-01-01T00:15:00Z, last_run: 2025-01-01T00:15:00Z, runs: 1}}
`

// tasksOf returns the documents of a store.
func tasksOf(t *testing.T, s *memstore.Store) []string {
	t.Helper()
	return strings.Split(export(t, s, transfer.YAML), "---\n")[1:]
}

// TestKilled kills the import at each of its writes. Until it is repeated, each task is as it was, as it is to be, or off,
// whether or not a beat leads; and then it is as if nothing had happened.
func TestKilled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, there string }{
		{"new", "gobeat: 1\n"},
		{"replaced", before},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fresh := func() *memstore.Store {
				s := memstore.New()
				importInto(t, s, c.there)
				return s
			}
			whole := fresh()
			was := tasksOf(t, whole)
			m := transfer.Importer{Store: whole, State: true, Replace: true}
			if _, err := m.Import(t.Context(), strings.NewReader(ran)); err != nil {
				t.Fatal(err)
			}
			want := tasksOf(t, whole)
			for n := 0; ; n++ {
				for _, how := range []struct{ after, led bool }{{}, {after: true}, {led: true}, {after: true, led: true}} {
					s := fresh()
					m.Store = &mortal{Store: s, left: n, after: how.after}
					_, err := m.Import(t.Context(), strings.NewReader(ran))
					if err == nil {
						if n < 8 {
							t.Errorf("the import makes %d writes, so few that nothing can be between them", n)
						}
						return
					}
					if !errors.Is(err, errKilled) {
						t.Fatal(err)
					}
					half := tasksOf(t, s)
					for i, task := range half {
						if !strings.Contains(task, "disabled: true\n") && task != want[i] && (i >= len(was) || task != was[i]) {
							t.Errorf("killed at write %d, %+v: there is\n%s", n, how, task)
						}
					}
					if how.led {
						lead(t, s)
					}
					m.Store = s
					if _, err := m.Import(t.Context(), strings.NewReader(ran)); err != nil {
						t.Fatal(err)
					}
					for i, task := range tasksOf(t, s) {
						if task != want[i] {
							t.Errorf("killed at write %d, %+v, and repeated: there is\n%s\nwant\n%s\nafter\n%v", n, how, task, want[i], half)
						}
					}
				}
			}
		})
	}
}

// TestRepeatedWithoutReplace finishes what is marked, and leaves alone what only differs.
func TestRepeatedWithoutReplace(t *testing.T) {
	t.Parallel()
	s := memstore.New()
	importInto(t, s, before)
	m := transfer.Importer{Store: &mortal{Store: s, left: 3}, State: true, Replace: true}
	if _, err := m.Import(t.Context(), strings.NewReader(ran)); !errors.Is(err, errKilled) || !strings.Contains(err.Error(), "off until the import is repeated") {
		t.Fatalf("got %v, want the task to be off", err)
	}
	m = transfer.Importer{Store: s, State: true}
	if r, err := m.Import(t.Context(), strings.NewReader(ran)); err != nil || r != (transfer.Result{Added: 1, Kept: 1}) {
		t.Errorf("got %+v, %v, want one finished and one kept", r, err)
	}
}

// partial is a store that takes only the first schedule of a task.
type partial struct{ *memstore.Store }

func (p partial) Add(ctx context.Context, e beat.Entry) (beat.Entry, error) {
	if e.TaskID != "" {
		return e, errors.New("one schedule is enough")
	}
	return p.Store.Add(ctx, e)
}

// TestWhollyOrNot leaves nothing of a new task that cannot be added wholly, and goes on with the next one.
func TestWhollyOrNot(t *testing.T) {
	t.Parallel()
	s := memstore.New()
	m := transfer.Importer{Store: partial{s}}
	r, err := m.Import(t.Context(), strings.NewReader(two))
	if err == nil || !strings.Contains(err.Error(), `import "a"`) || r != (transfer.Result{Added: 1, Refused: 1}) {
		t.Errorf("got %+v, %v, want a refused", r, err)
	}
	entries, _, err := s.List(t.Context(), beat.Filter{}, "", 10)
	if err != nil || len(entries) != 1 || entries[0].Entry.Name != "b" {
		t.Errorf("got %+v, %v, want b alone", entries, err)
	}
}
