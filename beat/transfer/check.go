package transfer

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"

	"github.com/gobeat/gobeat/beat"
)

// Chooser is a store that has no place for some tasks.
type Chooser interface {
	// Refuses says what of a task, which is made of the given schedules, the store would not take as it is; nothing when it
	// takes all. It leaves the store as it was. The error says that it could not find out.
	Refuses(ctx context.Context, task []beat.Entry) ([]*beat.EntryError, error)
}

// check reads the whole file and says what of it cannot be imported.
func (m *Importer) check(ctx context.Context, r io.Reader) (*RefusedError, error) {
	refused := &RefusedError{}
	first := map[string]int{} // the document that has a name
	err := each(r, func(document int, t *Task, problems []Problem) error {
		if len(problems) == 0 {
			problems = t.problems()
		}
		if other, taken := first[t.Name]; taken {
			problems = append(problems, Problem{Field: "name", Value: t.Name, Problem: "is that of document " + strconv.Itoa(other) + ", too"})
		} else if t.Name != "" {
			first[t.Name] = document
		}
		t.normalize()
		problems, err := m.problems(ctx, t, problems)
		refused.add(document, t, problems)
		return err
	})
	if broken, ok := errors.AsType[*brokenError](err); ok {
		refused.add(broken.document, &Task{}, []Problem{{Problem: "cannot be read, nor what follows: " + broken.err.Error()}})
		refused.broken, err = true, nil
	}
	return refused, err
}

func (e *RefusedError) add(document int, t *Task, problems []Problem) {
	for _, p := range problems {
		p.Document, p.Name = document, t.Name
		e.Problems = append(e.Problems, p)
	}
	if len(problems) > 0 {
		e.Tasks++
	}
}

// problems are those that no store would take.
func (t *Task) problems() []Problem {
	var list []Problem
	add := func(field, value, problem string) {
		list = append(list, Problem{Field: field, Value: value, Problem: problem})
	}
	if t.Name == "" {
		add("name", "", "is missing")
	}
	if t.Task == "" {
		add("task", "", "is missing")
	}
	if len(t.Schedules) == 0 {
		add("schedules", "", "are missing")
	}
	if t.Queue == Unfinished {
		add("queue", t.Queue, "is the mark of a task whose import was broken off: repeat that import, then export again")
	}
	if _, err := t.MisfireWindow.parse(); err != nil {
		add("misfire_window", string(t.MisfireWindow), problemSpan)
	}
	for i := range t.Schedules {
		for _, p := range t.Schedules[i].problems() {
			p.Schedule = t.number(i)
			list = append(list, p)
		}
	}
	return list
}

// number is how a schedule is named; the only one needs no number.
func (t *Task) number(i int) int {
	if len(t.Schedules) == 1 {
		return 0
	}
	return i + 1
}

func (s *Schedule) problems() []Problem {
	var list []Problem
	if _, err := s.Jitter.parse(); err != nil {
		list = append(list, Problem{Field: "jitter", Value: string(s.Jitter), Problem: problemSpan})
	}
	if s.State == nil {
		return list
	}
	if s.State.DecidedTo.IsZero() {
		list = append(list, Problem{Field: "state.decided_to", Problem: "is missing"})
	}
	if _, err := s.State.spec(); err != nil {
		list = append(list, Problem{Field: "state.spec", Value: s.State.Spec, Problem: "is not a number in hexadecimal"})
	}
	return list
}

// problems adds to a list those that the scheduler or the store would have with what of a task is right in form.
func (m *Importer) problems(ctx context.Context, t *Task, list []Problem) ([]Problem, error) {
	entries := t.entries()
	malformed := slices.Clone(list)
	add := func(bad *beat.EntryError, schedule int) {
		p := problemOf(bad)
		same := func(q Problem) bool { return q.Field == p.Field && q.Value == p.Value && q.Problem == p.Problem }
		if i := slices.IndexFunc(list, same); i >= 0 { // most likely it is in what the schedules share
			list[i].Schedule = 0
			return
		}
		p.Schedule = schedule
		list = append(list, p)
	}
	for i := range entries {
		if slices.ContainsFunc(malformed, func(p Problem) bool { return p.Schedule == 0 || p.Schedule == i+1 }) {
			continue
		}
		if bad := m.wrong(&entries[i]); bad != nil {
			add(bad, t.number(i))
		}
	}
	store, ok := m.Store.(Chooser)
	if !ok || len(list) > 0 {
		return list, nil
	}
	refused, err := store.Refuses(ctx, entries)
	for _, bad := range refused {
		add(bad, 0)
	}
	return list, err
}

// wrong is what the scheduler would say about an entry.
func (m *Importer) wrong(e *beat.Entry) *beat.EntryError {
	if bad, ok := errors.AsType[*beat.EntryError](e.CheckJSON()); ok {
		return bad
	}
	if m.Planner == nil {
		return nil
	}
	_, bad := m.Planner.Plan(e)
	return bad
}
