package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gobeat/gobeat/beat"
)

// Action is what is to be done about a task.
type Action string

// Actions.
const (
	Create   Action = "create"
	Change   Action = "change"
	Disable  Action = "disable"  // it has gone from the list
	Keep     Action = "keep"     // it is in line
	Conflict Action = "conflict" // the name belongs to a task of another owner; nothing is done
	Refuse   Action = "refuse"   // the list is wrong about it; nothing is done
)

// Wanted is a task of the list with its only schedule.
type Wanted struct {
	Entry   beat.Entry
	Enabled *bool // nil: on when it is created, and then up to people
}

// Step is what is to be done about one task.
type Step struct {
	Action  Action
	Name    string
	Old     beat.Entry   // what is there; empty for Create
	New     beat.Entry   // what will be there
	Changes []Difference // of Old and New, for Change
	Problem string       // for Conflict and Refuse
}

// List is what a store is brought in line with.
type List struct {
	Owner  string // of the tasks in it
	Wanted []Wanted
	Whole  bool // false: tasks of the owner that are not in the list are left alone

	// Adopt takes over tasks that nobody owns when they have name and task of one in the list: a scheduler that knows no
	// owners wrote them from the same list.
	Adopt bool
}

// Former is a store that holds some entries in another form than a list has them, for example with options in columns.
type Former interface {
	// Form returns the form in which the store holds the entry; *beat.EntryError about one that it cannot hold.
	Form(ctx context.Context, e beat.Entry) (beat.Entry, error)
}

// gone is appended to the owner of a task that has gone from its list, to tell it from one that people switched off.
const gone = ":gone"

// pageSize is how many entries are read at a time.
const pageSize = 500

// Plan compares the list with the store. The steps are ordered by name. Its error is that of the store.
func (l *List) Plan(ctx context.Context, store beat.Lister) ([]Step, error) {
	steps := make(map[string]Step, len(l.Wanted))
	for i := range l.Wanted {
		w, err := formed(ctx, store, l.Wanted[i])
		if err != nil {
			return nil, err
		}
		have, err := read(ctx, store, beat.Filter{Name: w.Entry.Name})
		if err != nil {
			return nil, err
		}
		steps[w.Entry.Name] = l.step(&w, have)
	}
	if l.Whole {
		owned, err := read(ctx, store, beat.Filter{Owner: l.Owner})
		if err != nil {
			return nil, err
		}
		for _, e := range owned {
			if _, ok := steps[e.Name]; !ok && e.Enabled { // what people switched off is not ours to switch on again
				off := e
				off.Enabled, off.Owner = false, l.Owner+gone
				steps[e.Name] = Step{Action: Disable, Name: e.Name, Old: e, New: off}
			}
		}
	}
	out := make([]Step, 0, len(steps))
	for _, name := range slices.Sorted(maps.Keys(steps)) {
		out = append(out, steps[name])
	}
	return out, nil
}

// formed is a task of the list as the store would hold it.
func formed(ctx context.Context, store beat.Lister, w Wanted) (Wanted, error) {
	former, ok := store.(Former)
	if !ok || w.Entry.Bad != nil {
		return w, nil //nolint:nilerr // what is wrong with the entry goes with it
	}
	e, err := former.Form(ctx, w.Entry)
	if bad, ok := errors.AsType[*beat.EntryError](err); ok {
		w.Entry.Bad = bad
		return w, nil
	}
	w.Entry = e
	return w, err
}

// step decides on one task of the list; have are the schedules that the store has of it.
func (l *List) step(w *Wanted, have []beat.Entry) Step {
	s := Step{Name: w.Entry.Name, New: w.Entry}
	s.New.Owner = l.Owner
	switch {
	case w.Entry.Bad != nil:
		s.Action, s.Problem = Refuse, w.Entry.Bad.Reason()
	case len(have) == 0:
		s.Action = Create
		s.New.Enabled, s.New.Active = w.Enabled == nil || *w.Enabled, true
	case !l.owns(&have[0]) && !(l.Adopt && have[0].Owner == "" && have[0].Task == w.Entry.Task):
		s.Action, s.Old = Conflict, have[0]
		s.Problem = "a task of that name exists and belongs to " + ownerName(have[0].Owner)
	default:
		s.Action, s.Old, s.New = Change, have[0], l.merged(w, have[0])
		if s.Changes = Differences(s.Old, s.New); len(s.Changes) == 0 {
			s.Action = Keep
		}
	}
	return s
}

// merged is what the list wants in place of what is there. Further schedules that people gave the task stay.
func (l *List) merged(w *Wanted, old beat.Entry) beat.Entry {
	e := w.Entry
	e.ID, e.TaskID, e.Owner = old.ID, old.TaskID, l.Owner
	e.CreatedAt, e.ModifiedAt = old.CreatedAt, old.ModifiedAt
	e.Enabled, e.Active = old.Enabled || old.Owner == l.Owner+gone, old.Active
	if w.Enabled != nil {
		e.Enabled = *w.Enabled
	}
	return e
}

// owns tells whether a task belongs to the list, or did before it went from it.
func (l *List) owns(e *beat.Entry) bool { return e.Owner == l.Owner || e.Owner == l.Owner+gone }

func ownerName(owner string) string {
	if owner == "" {
		return "people, who made it by hand"
	}
	return fmt.Sprintf("%q", owner)
}

func read(ctx context.Context, store beat.Lister, f beat.Filter) ([]beat.Entry, error) {
	var out []beat.Entry
	var token beat.PageToken
	for {
		page, next, err := store.List(ctx, f, token, pageSize)
		if err != nil {
			return nil, fmt.Errorf("read the tasks that are there: %w", err)
		}
		for i := range page {
			out = append(out, page[i].Entry)
		}
		if next == "" {
			return out, nil
		}
		token = next
	}
}

// Todo tells whether a step writes something.
func (s *Step) Todo() bool { return s.Action == Create || s.Action == Change || s.Action == Disable }

// Wrong tells whether a step is a complaint.
func (s *Step) Wrong() bool { return s.Action == Conflict || s.Action == Refuse }

// Apply carries out one step and returns what is stored then. Steps that write nothing return New.
func Apply(ctx context.Context, store beat.Catalog, s *Step) (beat.Entry, error) {
	var done beat.Entry
	var err error
	switch s.Action {
	case Create:
		done, err = store.Add(ctx, s.New)
	case Disable:
		if s.New.Bad != nil { // what cannot be read cannot be written back either
			done, err = s.New, store.SetEnabled(ctx, s.New.TaskID, false)
			break
		}
		done, err = store.Update(ctx, s.New)
	case Change:
		done, err = store.Update(ctx, s.New)
	default:
		return s.New, nil
	}
	if err != nil {
		return beat.Entry{}, fmt.Errorf("%s task %q: %w", s.Action, s.Name, err)
	}
	return done, nil
}

// sameJSON tells whether two JSON values are equal; an empty list, map or null is as good as none.
func sameJSON(a, b json.RawMessage) bool { return canonical(a) == canonical(b) }

// canonical is the same text for equal JSON values.
func canonical(text json.RawMessage) string {
	var v any
	if len(text) == 0 || json.Unmarshal(text, &v) != nil {
		return string(text)
	}
	out, err := json.Marshal(v)
	if err != nil || slices.Contains([]string{"null", "[]", "{}"}, string(out)) {
		return ""
	}
	return string(out)
}
