package docstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// Upsert adds an entry or replaces the one that has its name. Whether a run of it is being sent is looked up just before it
// is replaced.
func (s *Store) Upsert(ctx context.Context, e beat.Entry, mode beat.UpsertMode) (created bool, err error) {
	if err := e.CheckJSON(); err != nil {
		return false, err
	}
	byName := e.ID == ""
	for range attempts {
		created, err = s.upsert(ctx, e, mode)
		// By its name an entry may be added or removed by somebody else between the look and the write.
		if !byName || !errors.Is(err, beat.ErrExists) && !errors.Is(err, beat.ErrNotFound) {
			break
		}
	}
	if err != nil {
		return false, fmt.Errorf("upsert %q: %w", e.Name, err)
	}
	return created, nil
}

func (s *Store) upsert(ctx context.Context, e beat.Entry, mode beat.UpsertMode) (created bool, err error) {
	if err := s.ready(ctx); err != nil {
		return false, err
	}
	taskID := taskOf(e.ID)
	if e.ID == "" {
		found, err := s.db.Named(ctx, e.Name)
		if err != nil {
			return false, err
		}
		if len(found) == 0 {
			e.TaskID = ""
			_, err := s.addTask(ctx, e)
			return err == nil, err
		}
		taskID = found[0].ID
	}
	var replaced beat.Entry
	err = s.edit(ctx, taskID, func(t *task, at time.Time) ([]beat.EntryID, error) {
		i, err := t.only(e.ID)
		if err != nil {
			return nil, err
		}
		if err := s.unlocked(ctx, t.Schedules[i].ID, mode); err != nil {
			return nil, err
		}
		replaced = t.overwrite(i, e, at)
		return t.ids(), nil
	})
	if err != nil || mode != beat.UpsertForce {
		return false, err
	}
	return false, s.restart(ctx, replaced.ID)
}

// only returns the place of a schedule, or that of the only one when id is empty.
func (t *task) only(id beat.EntryID) (int, error) {
	if id == "" {
		if len(t.Schedules) != 1 {
			return 0, fmt.Errorf("the task has %d schedules: %w", len(t.Schedules), beat.ErrConflict)
		}
		return 0, nil
	}
	i := t.find(id)
	if i < 0 {
		return 0, beat.ErrNotFound
	}
	return i, nil
}

// unlocked returns ErrLocked while a run of the entry is claimed and not settled, if the mode asks for that.
func (s *Store) unlocked(ctx context.Context, id beat.EntryID, mode beat.UpsertMode) error {
	if mode != beat.UpsertRefuseLocked {
		return nil
	}
	sending, err := s.Sending(ctx, id)
	if err == nil && sending {
		err = beat.ErrLocked
	}
	return err
}

// restart lets an entry that was replaced count from now. It is a change of its own, so that a leader who has read the
// replaced entry with its former cursor reads both again.
func (s *Store) restart(ctx context.Context, id beat.EntryID) error {
	at, err := s.clock(ctx)
	if err == nil {
		err = s.noted(ctx, at, []beat.EntryID{id}, func(ctx context.Context) error { return s.Restart(ctx, id) })
	}
	if err != nil {
		return fmt.Errorf("let it count from now: %w: %w", beat.ErrUnknownOutcome, err)
	}
	return nil
}

// SetActive switches one schedule on or off.
func (s *Store) SetActive(ctx context.Context, id beat.EntryID, on bool) error {
	err := s.edit(ctx, taskOf(id), func(t *task, at time.Time) ([]beat.EntryID, error) {
		i := t.find(id)
		if i < 0 {
			return nil, beat.ErrNotFound
		}
		t.setActive(i, on, at)
		return []beat.EntryID{id}, nil
	})
	if err != nil {
		return fmt.Errorf("activate or deactivate %s: %w", id, err)
	}
	return nil
}

func (t *task) setActive(i int, on bool, at time.Time) {
	own := &t.Schedules[i]
	own.Active, own.ModifiedAt = on, later(own.ModifiedAt, at)
}
