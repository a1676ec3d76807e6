package reconcile_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/reconcile"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/memstore"
)

const owner = "list"

// tb is a test or a case of a property.
type tb interface {
	rapid.TB
	Context() context.Context
}

func entry(name string, every int64) beat.Entry {
	return beat.Entry{
		Name: name, Task: "proj." + name, Args: json.RawMessage(`[1, 2]`),
		Spec: schedule.Spec{Kind: schedule.KindInterval, Every: every, Period: "seconds"},
	}
}

func wanted(entries ...beat.Entry) reconcile.List {
	l := reconcile.List{Owner: owner, Whole: true}
	for _, e := range entries {
		l.Wanted = append(l.Wanted, reconcile.Wanted{Entry: e})
	}
	return l
}

// actions are the steps of a plan as "action name".
func actions(t tb, store *memstore.Store, l reconcile.List) []string {
	t.Helper()
	steps, err := l.Plan(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range steps {
		out = append(out, string(s.Action)+" "+s.Name)
	}
	return out
}

func apply(t tb, store *memstore.Store, l reconcile.List) {
	t.Helper()
	steps, err := l.Plan(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	for i := range steps {
		if _, err := reconcile.Apply(t.Context(), store, &steps[i]); err != nil {
			t.Fatal(err)
		}
	}
}

func one(t tb, store *memstore.Store, name string) beat.Entry {
	t.Helper()
	page, _, err := store.List(t.Context(), beat.Filter{Name: name}, "", 1)
	if err != nil || len(page) != 1 {
		t.Fatalf("%s: %d entries, %v", name, len(page), err)
	}
	return page[0].Entry
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestLifeOfATask(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	list := wanted(entry("a", 10), entry("b", 20))
	same(t, "empty store", actions(t, store, list), []string{"create a", "create b"})
	apply(t, store, list)
	same(t, "in line", actions(t, store, list), []string{"keep a", "keep b"})
	if e := one(t, store, "a"); e.Owner != owner || !e.Running() {
		t.Errorf("created: %+v", e)
	}

	list = wanted(entry("a", 15), entry("b", 20))
	same(t, "another schedule", actions(t, store, list), []string{"change a", "keep b"})
	apply(t, store, list)
	if e := one(t, store, "a"); e.Spec.Every != 15 {
		t.Errorf("changed: %+v", e)
	}

	list = wanted(entry("b", 20))
	same(t, "gone", actions(t, store, list), []string{"disable a", "keep b"})
	apply(t, store, list)
	same(t, "gone for long", actions(t, store, list), []string{"keep b"})
	if e := one(t, store, "a"); e.Enabled {
		t.Errorf("still on: %+v", e)
	}

	list = wanted(entry("a", 15), entry("b", 20))
	apply(t, store, list)
	if e := one(t, store, "a"); !e.Enabled || e.Owner != owner {
		t.Errorf("back again: %+v", e)
	}
}

func TestPeopleSwitchTasksOff(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	list := wanted(entry("a", 10))
	apply(t, store, list)
	if err := store.SetEnabled(t.Context(), one(t, store, "a").TaskID, false); err != nil {
		t.Fatal(err)
	}
	same(t, "switched off", actions(t, store, list), []string{"keep a"})
	apply(t, store, wanted()) // it goes and comes back
	apply(t, store, list)
	if one(t, store, "a").Enabled {
		t.Error("was switched on again")
	}
	on := true
	list.Wanted[0].Enabled = &on
	same(t, "the list says so", actions(t, store, list), []string{"change a"})
}

func TestTasksOfOthers(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	mine := entry("a", 1)
	mine.Enabled, mine.Active = true, true
	if _, err := store.Add(t.Context(), mine); err != nil {
		t.Fatal(err)
	}
	before := one(t, store, "a")
	list := wanted(entry("a", 10))
	steps, err := list.Plan(t.Context(), store)
	if err != nil || len(steps) != 1 || steps[0].Action != reconcile.Conflict || !steps[0].Wrong() ||
		steps[0].Problem != "a task of that name exists and belongs to people, who made it by hand" {
		t.Errorf("plan %+v, %v", steps, err)
	}
	apply(t, store, list)
	apply(t, store, wanted())
	same(t, "task of somebody else", one(t, store, "a"), before)
}

func TestAWrongEntryLeavesItsTaskAlone(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	apply(t, store, wanted(entry("a", 10)))
	before := one(t, store, "a")
	bad := entry("a", 0)
	bad.Bad = &beat.EntryError{Field: "every", Value: "0", Problem: "is not at least 1"}
	list := wanted(bad)
	steps, err := list.Plan(t.Context(), store)
	if err != nil || len(steps) != 1 || steps[0].Action != reconcile.Refuse || steps[0].Problem != `every: "0" is not at least 1` {
		t.Errorf("plan %+v, %v", steps, err)
	}
	apply(t, store, list)
	same(t, "task", one(t, store, "a"), before)
}

func TestPartOfAList(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	apply(t, store, wanted(entry("a", 10)))
	part := wanted(entry("b", 10))
	part.Whole = false
	same(t, "plan", actions(t, store, part), []string{"create b"})
}

func TestWhatCountsAsEqual(t *testing.T) {
	t.Parallel()
	a := entry("a", 60)
	for name, change := range map[string]func(*beat.Entry){
		"unit":      func(e *beat.Entry) { e.Spec.Every, e.Spec.Period = 1, "minutes" },
		"blanks":    func(e *beat.Entry) { e.Args = json.RawMessage(`[1,2]`) },
		"no kwargs": func(e *beat.Entry) { e.Kwargs = json.RawMessage(`{}`) },
		"default":   func(e *beat.Entry) { e.Misfire, e.Delivery = beat.MisfireLast, beat.AtLeastOnce },
	} {
		b := a
		change(&b)
		if d := reconcile.Differences(a, b); len(d) > 0 {
			t.Errorf("%s: %+v", name, d)
		}
	}
	b := a
	b.Kwargs, b.Queue = json.RawMessage(`{"x": 1}`), "mail"
	want := []reconcile.Difference{{"kwargs", "", `{"x": 1}`}, {"queue", "", "mail"}}
	same(t, "differences", reconcile.Differences(a, b), want)
}

// racing changes a task between plan and apply.
type racing struct{ *memstore.Store }

func (r racing) Update(ctx context.Context, e beat.Entry) (beat.Entry, error) {
	other := e
	other.Queue, other.ModifiedAt = "theirs", e.ModifiedAt
	if _, err := r.Store.Update(ctx, other); err != nil {
		return beat.Entry{}, err
	}
	return r.Store.Update(ctx, e)
}

func TestSomebodyElseIsFaster(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	apply(t, store, wanted(entry("a", 10)))
	list := wanted(entry("a", 20))
	steps, err := list.Plan(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reconcile.Apply(t.Context(), racing{store}, &steps[0]); !errors.Is(err, beat.ErrConflict) {
		t.Errorf("update: %v", err)
	}
	create := reconcile.Step{Action: reconcile.Create, Name: "a", New: entry("a", 1)}
	if _, err := reconcile.Apply(t.Context(), store, &create); !errors.Is(err, beat.ErrExists) {
		t.Errorf("create: %v", err)
	}
}

// After any history of lists, the tasks that run are those of the last one, and tasks of people are as they were.
func TestAnyHistoryOfLists(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		store := memstore.New()
		theirs := entry("theirs", 1)
		theirs.Enabled, theirs.Active = true, true
		if _, err := store.Add(t.Context(), theirs); err != nil {
			t.Fatal(err)
		}
		before := one(t, store, "theirs")
		names := rapid.MapOf(rapid.SampledFrom([]string{"a", "b", "c", "theirs"}), rapid.Int64Range(1, 3))
		var last map[string]int64
		for range rapid.IntRange(1, 5).Draw(t, "lists") {
			last = names.Draw(t, "list")
			var entries []beat.Entry
			for name, every := range last {
				entries = append(entries, entry(name, every))
			}
			apply(t, store, wanted(entries...))
		}
		delete(last, "theirs")
		page, _, err := store.List(t.Context(), beat.Filter{}, "", 100)
		if err != nil {
			t.Fatal(err)
		}
		running := map[string]int64{}
		for _, st := range page {
			if e := st.Entry; e.Name == "theirs" {
				if diff := cmp.Diff(before, e); diff != "" {
					t.Fatalf("theirs: %s", diff)
				}
			} else if e.Running() {
				running[e.Name] = e.Spec.Every
			}
		}
		if fmt.Sprint(running) != fmt.Sprint(last) {
			t.Fatalf("run: %v, want %v", running, last)
		}
	})
}
