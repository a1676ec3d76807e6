package docstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// purgePage is how many tasks Purge removes under one note in the journal.
const purgePage = 100

// Add creates a task with a schedule, or a further schedule of the task TaskID.
func (s *Store) Add(ctx context.Context, e beat.Entry) (beat.Entry, error) {
	if err := e.CheckJSON(); err != nil {
		return beat.Entry{}, err
	}
	if e.TaskID == "" {
		return s.addTask(ctx, e)
	}
	var added beat.Entry
	err := s.edit(ctx, e.TaskID, func(t *task, at time.Time) ([]beat.EntryID, error) {
		added = t.entry(t.addSchedule(e.TaskID, e, at))
		return []beat.EntryID{added.ID}, nil
	})
	if err != nil {
		return beat.Entry{}, fmt.Errorf("add a schedule to task %q: %w", e.TaskID, err)
	}
	return added, nil
}

func (s *Store) addTask(ctx context.Context, e beat.Entry) (beat.Entry, error) {
	if err := s.ready(ctx); err != nil {
		return beat.Entry{}, err
	}
	at, err := s.clock(ctx)
	if err != nil {
		return beat.Entry{}, fmt.Errorf("add %q: %w", e.Name, err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return beat.Entry{}, fmt.Errorf("add %q: %w", e.Name, err)
	}
	var t task
	t.Task.CreatedAt = at
	t.setTask(id.String(), e, at)
	added := t.entry(t.addSchedule(id.String(), e, at))
	d, err := write(Document{ID: id.String()}, t)
	if err != nil {
		return beat.Entry{}, err
	}
	err = s.noted(ctx, at, t.ids(), func(ctx context.Context) error { return s.db.Create(ctx, d) })
	if err != nil {
		return beat.Entry{}, fmt.Errorf("add %q: %w", e.Name, err)
	}
	return added, nil
}

// Refuses says what of a task the database does not take: one that is too large for a document.
func (s *Store) Refuses(ctx context.Context, list []beat.Entry) ([]*beat.EntryError, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	id, at := uuid.NewString(), time.Now()
	var t task
	t.setTask(id, list[0], at)
	for i := range list {
		t.addSchedule(id, list[i], at)
	}
	d, err := write(Document{ID: id}, t)
	if err == nil {
		err = s.db.Check(d)
	}
	if bad, ok := errors.AsType[*beat.EntryError](err); ok {
		bad.ID = ""
		return []*beat.EntryError{bad}, nil
	}
	return nil, err
}

// Update replaces task and schedule.
func (s *Store) Update(ctx context.Context, e beat.Entry) (beat.Entry, error) {
	if err := e.CheckJSON(); err != nil {
		return beat.Entry{}, err
	}
	var updated beat.Entry
	err := s.edit(ctx, taskOf(e.ID), func(t *task, at time.Time) ([]beat.EntryID, error) {
		i := t.find(e.ID)
		if i < 0 {
			return nil, beat.ErrNotFound
		}
		if old := t.entry(i); !e.ModifiedAt.IsZero() && !e.ModifiedAt.Equal(old.ModifiedAt) {
			return nil, errStale
		}
		updated = t.overwrite(i, e, at)
		return t.ids(), nil
	})
	if err != nil {
		return beat.Entry{}, fmt.Errorf("update %s: %w", e.ID, err)
	}
	return updated, nil
}

// SetEnabled switches a task on or off.
func (s *Store) SetEnabled(ctx context.Context, taskID string, on bool) error {
	err := s.edit(ctx, taskID, func(t *task, at time.Time) ([]beat.EntryID, error) {
		t.Task.Enabled, t.Task.ModifiedAt = on, later(t.Task.ModifiedAt, at)
		return t.ids(), nil
	})
	if err != nil {
		return fmt.Errorf("enable or disable task %q: %w", taskID, err)
	}
	return nil
}

// Delete removes a schedule, and its task when it was the last one.
func (s *Store) Delete(ctx context.Context, id beat.EntryID) error {
	err := s.edit(ctx, taskOf(id), func(t *task, _ time.Time) ([]beat.EntryID, error) {
		i := t.find(id)
		if i < 0 {
			return nil, beat.ErrNotFound
		}
		t.Schedules = slices.Delete(t.Schedules, i, i+1)
		return []beat.EntryID{id}, nil
	})
	if err != nil {
		return fmt.Errorf("delete schedule %q: %w", id, err)
	}
	return nil
}

// Purge removes all entries of the namespace. Leases and unsettled batches stay; cursors go with the next checkpoint of
// the claim log, and do not count before.
func (s *Store) Purge(ctx context.Context) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	for {
		documents, err := s.db.Page(ctx, "", purgePage)
		if err != nil {
			return fmt.Errorf("purge: %w", err)
		}
		if len(documents) == 0 {
			return s.purged(ctx)
		}
		if err := s.purge(ctx, documents); err != nil {
			return fmt.Errorf("purge: %w", err)
		}
	}
}

func (s *Store) purge(ctx context.Context, documents []Document) error {
	at, err := s.clock(ctx)
	if err != nil {
		return err
	}
	var ids []beat.EntryID
	for _, d := range documents {
		for _, e := range entries(d) {
			ids = append(ids, e.ID)
		}
	}
	return s.noted(ctx, at, ids, func(ctx context.Context) error {
		for _, d := range documents {
			if err := s.db.Delete(ctx, d); err != nil && !errors.Is(err, beat.ErrConflict) {
				return err
			}
		}
		return nil
	})
}

// purged notes that nothing is left, as if nothing had ever been there.
func (s *Store) purged(ctx context.Context) error {
	at, err := s.clock(ctx)
	if err == nil {
		_, err = s.append(ctx, note{Purged: true, At: at})
	}
	if err != nil {
		return fmt.Errorf("purge: %w", err)
	}
	return nil
}
