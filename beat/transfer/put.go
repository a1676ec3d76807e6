package transfer

import (
	"context"
	"errors"

	"github.com/gobeat/gobeat/beat"
)

// write adds and changes entries so that they are the wanted ones, and returns their ids in the same order; with an error
// those that were written.
func (m *Importer) write(ctx context.Context, wanted []beat.Entry, there []beat.EntryState) ([]beat.EntryID, error) {
	ids := make([]beat.EntryID, 0, len(wanted))
	task := ""
	for i := range wanted {
		e := wanted[i]
		e.TaskID = task
		write := m.Store.Add
		if i < len(there) {
			e.ID, e.TaskID = there[i].Entry.ID, there[i].Entry.TaskID
			write = m.Store.Update
		}
		written, err := write(ctx, e)
		if err != nil {
			return ids, err
		}
		ids, task = append(ids, written.ID), written.TaskID
	}
	for _, rest := range there[min(len(wanted), len(there)):] {
		if err := m.Store.Delete(ctx, rest.Entry.ID); err != nil {
			return ids, err
		}
	}
	return ids, nil
}

// undo removes what was added of a task that cannot be added wholly.
func (m *Importer) undo(ctx context.Context, ids []beat.EntryID) error {
	var errs []error
	for _, id := range ids {
		if err := m.Store.Delete(ctx, id); err != nil && !errors.Is(err, beat.ErrNotFound) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// putState takes over how far the schedules have run.
func (m *Importer) putState(ctx context.Context, t *Task, ids []beat.EntryID) error {
	var cursors []beat.Cursor
	wanted := t.entries()
	for i, id := range ids {
		if s := t.Schedules[i].State; s != nil {
			c, err := s.cursor(id)
			if err != nil {
				return err
			}
			if c.Spec == 0 {
				c.Spec = m.spec(wanted[i], id)
			}
			cursors = append(cursors, c)
		}
	}
	if len(cursors) == 0 {
		return nil
	}
	return m.Store.(beat.Ledger).Put(ctx, cursors)
}

// spec is what a schedule is decided on as it stands, 0 when it is switched off or set aside.
func (m *Importer) spec(e beat.Entry, id beat.EntryID) uint64 {
	if m.Planner == nil || !e.Running() {
		return 0
	}
	e.ID = id
	if plan, bad := m.Planner.Plan(&e); bad == nil {
		return plan.Hash
	}
	return 0
}
