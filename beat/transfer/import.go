package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/gobeat/gobeat/beat"
)

// Store is where tasks are put.
type Store interface {
	beat.Lister
	beat.Catalog
	Features() beat.Features
}

// Planner checks entries; *beat.Compiler is one.
type Planner interface {
	Plan(e *beat.Entry) (*beat.Plan, *beat.EntryError)
}

// Importer puts the tasks of a file into a store, one after the other. Doing so twice changes nothing more.
type Importer struct {
	Store   Store
	Planner Planner // lets a state without spec go on where it stands; nil: it counts from the import on
	Replace bool    // tasks that are there are changed to what the file says; otherwise they are left alone
	State   bool    // take over how far each schedule has run, for which no beat may lead
	DryRun  bool    // only look
}

// Result counts tasks.
type Result struct {
	Added    int `json:"added"`
	Replaced int `json:"replaced"`
	Same     int `json:"same"`    // as the file has them
	Kept     int `json:"kept"`    // there already, and different
	Refused  int `json:"refused"` // see the error
}

// Import reads the whole file. A task that the store cannot hold stops no other: the error names each. How far a schedule has
// run is taken over for what is added or replaced; a store that cannot take that (Features.Ledger) refuses it before
// anything is written.
func (m *Importer) Import(ctx context.Context, r io.Reader) (Result, error) {
	var result Result
	if m.State && !TakesState(m.Store) {
		return result, fmt.Errorf("import: %s cannot take over how far schedules have run", m.Store.Features().Name)
	}
	in, err := newDecoder(r)
	if err != nil {
		return result, err
	}
	var problems []error
	for {
		var t Task
		err := in.read(&t)
		if errors.Is(err, io.EOF) {
			return result, errors.Join(problems...)
		}
		if err != nil { // what follows cannot be told apart
			return result, errors.Join(append(problems, err)...)
		}
		if err = t.check(); err == nil {
			t.normalize()
			err = m.task(ctx, &t, &result)
		}
		switch {
		case err == nil:
		case ctx.Err() != nil || errors.Is(err, beat.ErrUnavailable) || errors.Is(err, beat.ErrFenced):
			return result, errors.Join(append(problems, fmt.Errorf("import %q: %w", t.Name, err))...)
		default:
			result.Refused++
			problems = append(problems, fmt.Errorf("import %q: %w", t.Name, err))
		}
	}
}

func (m *Importer) task(ctx context.Context, t *Task, result *Result) error {
	there, _, err := m.Store.List(ctx, beat.Filter{Name: t.Name}, "", mostSchedules)
	if err != nil {
		return err
	}
	for i := range t.Schedules {
		switch s := &t.Schedules[i]; {
		case !m.State:
			s.State = nil
		case i < len(there) && s.State != nil && there[i].Cursor.DecidedTo.After(s.State.DecidedTo):
			s.State = stateOf(&there[i].Entry, &there[i].Cursor) // what ran since the export must not run again
		}
	}
	count := &result.Added
	switch {
	case len(there) == 0:
	case m.same(t, there):
		count = &result.Same
	case !m.Replace:
		count = &result.Kept
	default:
		count = &result.Replaced
	}
	if !m.DryRun && (count == &result.Added || count == &result.Replaced) {
		ids, err := m.write(ctx, t.entries(), there)
		if err == nil {
			err = m.putState(ctx, t, ids)
		}
		if err != nil {
			if len(there) == 0 {
				err = errors.Join(err, m.undo(ctx, ids))
			}
			return err
		}
	}
	*count++
	return nil
}

// mostSchedules is how many schedules of one task are looked at.
const mostSchedules = 1000

// same tells whether a task is there as the file has it, but for how far it has run when that is not to be taken over.
func (m *Importer) same(t *Task, there []beat.EntryState) bool {
	for i := range there {
		if there[i].Entry.Bad != nil {
			return false
		}
	}
	return equal(*t, taskOf(there, m.State))
}

// TakesState tells whether a store can take over how far schedules have run.
func TakesState(s Store) bool {
	_, ok := s.(beat.Ledger)
	return ok && s.Features().Ledger
}
