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

// Importer puts the tasks of a file into a store. Doing so twice changes nothing more, and so it is repeated after it was
// broken off.
type Importer struct {
	Store   Store
	Planner Planner // what the scheduler would refuse is refused, and states go on where they stand; nil: neither
	Replace bool    // tasks that are there are changed to what the file says; otherwise they are left alone
	State   bool    // take over how far each schedule has run, for which no beat may lead
	Skip    bool    // tasks that are wrong or have no place in the store are left out; otherwise they keep all others back
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

// Import reads the file twice. First it checks all of it and writes nothing: a *RefusedError names everything that is wrong
// or that the store has no place for. Then, if there is none of that or it is to be skipped, it puts one task after the
// other. Should one fail all the same, because of somebody else's edit, say, that stops no other: the error names each.
func (m *Importer) Import(ctx context.Context, r io.ReadSeeker) (Result, error) {
	var result Result
	if err := m.mayTakeState(ctx); err != nil {
		return result, err
	}
	start, err := r.Seek(0, io.SeekCurrent)
	if err != nil {
		return result, fmt.Errorf("import: %w", err)
	}
	refused, err := m.check(ctx, r)
	if err != nil {
		return result, err
	}
	result.Refused = refused.Tasks
	if refused.Tasks > 0 && (!m.Skip || refused.broken) {
		return result, refused
	}
	if _, err := r.Seek(start, io.SeekStart); err != nil {
		return result, fmt.Errorf("import: %w", err)
	}
	err = m.putAll(ctx, r, refused, &result)
	if refused.Tasks > 0 {
		refused.Others = true
		err = errors.Join(refused, err)
	}
	return result, err
}

// putAll puts the tasks of a file that was checked, but for those that were refused.
func (m *Importer) putAll(ctx context.Context, r io.Reader, refused *RefusedError, result *Result) error {
	var failures []error
	err := each(r, func(document int, t *Task, _ []Problem) error {
		if refused.has(document) {
			return nil
		}
		t.normalize()
		err := m.task(ctx, t, result)
		if err == nil {
			return nil
		}
		err = fmt.Errorf("import %q: %w", t.Name, err)
		if ctx.Err() != nil || errors.Is(err, beat.ErrUnavailable) || errors.Is(err, beat.ErrFenced) {
			return err
		}
		result.Refused++
		failures = append(failures, err)
		return nil
	})
	return errors.Join(append(failures, err)...)
}

func (m *Importer) task(ctx context.Context, t *Task, result *Result) error {
	there, err := m.there(ctx, t.Name)
	if err != nil {
		return err
	}
	p := m.placing(t, there)
	count := &result.Added
	switch {
	case len(there) == 0 || p.unfinished:
	case m.same(t, there):
		count = &result.Same
	case !m.Replace:
		count = &result.Kept
	default:
		count = &result.Replaced
	}
	if !m.DryRun && (count == &result.Added || count == &result.Replaced) {
		if err := p.carryOut(ctx); err != nil {
			return err
		}
	}
	*count++
	return nil
}

// thisMany schedules of a task are read at a time.
const thisMany = 1000

// there returns the schedules that a task has in the store.
func (m *Importer) there(ctx context.Context, name string) ([]beat.EntryState, error) {
	var all []beat.EntryState
	for token := beat.PageToken(""); ; {
		page, next, err := m.Store.List(ctx, beat.Filter{Name: name}, token, thisMany)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if token = next; token == "" {
			return all, nil
		}
	}
}

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

// mayTakeState returns an error when the state is wanted and cannot be put: never here, or not now.
func (m *Importer) mayTakeState(ctx context.Context) error {
	if !m.State {
		return nil
	}
	if !TakesState(m.Store) {
		return fmt.Errorf("import: %s cannot take over how far schedules have run", m.Store.Features().Name)
	}
	if err := m.Store.(beat.Ledger).Put(ctx, nil); err != nil { // ErrFenced while anybody leads
		return fmt.Errorf("import: %w", err)
	}
	return nil
}
