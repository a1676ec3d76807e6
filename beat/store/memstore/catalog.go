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
	return s.add(e)
}

func (d *data) add(e beat.Entry) (beat.Entry, error) {
	e, at := clone(e), now()
	if e.TaskID == "" {
		if _, taken := d.names[e.Name]; taken {
			return beat.Entry{}, fmt.Errorf("add %q: %w", e.Name, beat.ErrExists)
		}
		e.TaskID = strconv.FormatInt(d.nextID(), 10)
		d.tasks[e.TaskID] = &task{Entry: e, modified: at}
		d.names[e.Name] = e.TaskID
	} else if d.tasks[e.TaskID] == nil {
		return beat.Entry{}, fmt.Errorf("add a schedule to task %q: %w", e.TaskID, beat.ErrNotFound)
	}
	id := d.nextID()
	e.ID, e.CreatedAt = entryID(id), at
	d.schedules[id] = &row{Entry: e, modified: at}
	d.order = append(d.order, id)
	d.used = true
	d.changed(id)
	added, _ := d.entry(id)
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
	return s.update(e)
}

func (d *data) update(e beat.Entry) (beat.Entry, error) {
	id, r, err := d.find(e.ID)
	if err != nil {
		return beat.Entry{}, fmt.Errorf("update: %w", err)
	}
	old, _ := d.entry(id)
	if !e.ModifiedAt.IsZero() && !e.ModifiedAt.Equal(old.ModifiedAt) {
		return beat.Entry{}, fmt.Errorf("update %s: %w", e.ID, beat.ErrConflict)
	}
	if holder, taken := d.names[e.Name]; taken && holder != old.TaskID {
		return beat.Entry{}, fmt.Errorf("update %s: name %q: %w", e.ID, e.Name, beat.ErrExists)
	}
	delete(d.names, old.Name)
	d.names[e.Name] = old.TaskID
	e = clone(e)
	e.TaskID, e.CreatedAt = old.TaskID, old.CreatedAt
	t := d.tasks[old.TaskID]
	t.Entry, t.modified = e, later(t.modified)
	r.Entry, r.modified = e, later(r.modified)
	for _, sibling := range d.of(old.TaskID) {
		d.changed(sibling)
	}
	updated, _ := d.entry(id)
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

func (d *data) setActive(id int64, on bool) {
	r := d.schedules[id]
	r.Active, r.modified = on, later(r.modified)
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
	s.used = false
	return nil
}

// later is now, or just after t if the clock has not moved since.
func later(t time.Time) time.Time {
	if n := now(); n.After(t) {
		return n
	}
	return t.Add(time.Microsecond)
}
