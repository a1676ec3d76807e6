package memstore

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// Add creates a task with a schedule, or a further schedule of the task TaskID.
func (s *Store) Add(ctx context.Context, e beat.Entry) (beat.Entry, error) {
	if err := e.CheckJSON(); err != nil {
		return beat.Entry{}, err
	}
	unlock, err := s.begin(ctx)
	if err != nil {
		return beat.Entry{}, err
	}
	defer unlock()
	e, at := clone(e), now()
	if e.TaskID == "" {
		if _, taken := s.names[e.Name]; taken {
			return beat.Entry{}, fmt.Errorf("add %q: %w", e.Name, beat.ErrExists)
		}
		e.TaskID = strconv.FormatInt(s.nextID(), 10)
		s.tasks[e.TaskID] = &task{Entry: e, modified: at}
		s.names[e.Name] = e.TaskID
	} else if s.tasks[e.TaskID] == nil {
		return beat.Entry{}, fmt.Errorf("add a schedule to task %q: %w", e.TaskID, beat.ErrNotFound)
	}
	id := s.nextID()
	e.ID, e.CreatedAt = entryID(id), at
	s.schedules[id] = &row{Entry: e, modified: at}
	s.order = append(s.order, id)
	s.changed(id)
	added, _ := s.entry(id)
	return added, nil
}

// Update replaces task and schedule.
func (s *Store) Update(ctx context.Context, e beat.Entry) (beat.Entry, error) {
	if err := e.CheckJSON(); err != nil {
		return beat.Entry{}, err
	}
	unlock, err := s.begin(ctx)
	if err != nil {
		return beat.Entry{}, err
	}
	defer unlock()
	id, r, err := s.find(e.ID)
	if err != nil {
		return beat.Entry{}, fmt.Errorf("update: %w", err)
	}
	old, _ := s.entry(id)
	if !e.ModifiedAt.IsZero() && !e.ModifiedAt.Equal(old.ModifiedAt) {
		return beat.Entry{}, fmt.Errorf("update %s: %w", e.ID, beat.ErrConflict)
	}
	if holder, taken := s.names[e.Name]; taken && holder != old.TaskID {
		return beat.Entry{}, fmt.Errorf("update %s: name %q: %w", e.ID, e.Name, beat.ErrExists)
	}
	delete(s.names, old.Name)
	s.names[e.Name] = old.TaskID
	e = clone(e)
	e.TaskID, e.CreatedAt = old.TaskID, old.CreatedAt
	t := s.tasks[old.TaskID]
	t.Entry, t.modified = e, later(t.modified)
	r.Entry, r.modified = e, later(r.modified)
	for _, sibling := range s.of(old.TaskID) {
		s.changed(sibling)
	}
	updated, _ := s.entry(id)
	return updated, nil
}

// SetEnabled switches a task on or off.
func (s *Store) SetEnabled(ctx context.Context, taskID string, on bool) error {
	unlock, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if s.tasks[taskID] == nil {
		return fmt.Errorf("enable or disable task %q: %w", taskID, beat.ErrNotFound)
	}
	s.setEnabled(taskID, on)
	return nil
}

func (d *data) setEnabled(taskID string, on bool) {
	t := d.tasks[taskID]
	t.Enabled, t.modified = on, later(t.modified)
	for _, id := range d.of(taskID) {
		d.changed(id)
	}
}

func (d *data) deactivate(id int64) {
	r := d.schedules[id]
	r.Active, r.modified = false, later(r.modified)
	d.changed(id)
}

// Delete removes a schedule, and its task when it was the last one.
func (s *Store) Delete(ctx context.Context, id beat.EntryID) error {
	unlock, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	n, r, err := s.find(id)
	if err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	s.drop(n)
	if len(s.of(r.TaskID)) == 0 {
		s.dropTask(r.TaskID)
	}
	return nil
}

// Purge removes all entries with what is known about them. Leases and unsettled batches stay.
func (s *Store) Purge(ctx context.Context) error {
	unlock, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	for _, id := range append([]int64(nil), s.order...) {
		s.drop(id)
	}
	for id := range s.tasks {
		s.dropTask(id)
	}
	clear(s.ledger)
	clear(s.missed)
	return nil
}

// later is now, or just after t if the clock has not moved since.
func later(t time.Time) time.Time {
	if n := now(); n.After(t) {
		return n
	}
	return t.Add(time.Microsecond)
}
