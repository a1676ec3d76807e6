package memstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// Upsert adds an entry or replaces the one that has its name.
func (s *Store) Upsert(ctx context.Context, e beat.Entry, mode beat.UpsertMode) (created bool, err error) {
	if err := e.CheckJSON(); err != nil {
		return false, err
	}
	unlock, err := s.begin(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	if e.ID == "" {
		taskID, known := s.names[e.Name]
		if !known {
			e.TaskID = ""
			_, err := s.add(e)
			return err == nil, err
		}
		of := s.of(taskID)
		if len(of) != 1 {
			return false, fmt.Errorf("upsert %q: the task has %d schedules: %w", e.Name, len(of), beat.ErrConflict)
		}
		e.ID = entryID(of[0])
	}
	if mode == beat.UpsertRefuseLocked && s.sending(e.ID) {
		return false, fmt.Errorf("upsert %q: %w", e.Name, beat.ErrLocked)
	}
	e.ModifiedAt = time.Time{}
	if _, err := s.update(e); err != nil {
		return false, err
	}
	if c := s.cursors[e.ID]; c != nil && mode == beat.UpsertForce {
		// A leader may have decided a little ahead of the clock; cursors do not go back.
		if at := now(); at.After(c.DecidedTo) {
			c.DecidedTo = at
		}
		c.Next, c.Spec = time.Time{}, 0
	}
	return false, nil
}

// sending tells whether a run of an entry is claimed and not settled.
func (d *data) sending(id beat.EntryID) bool {
	for _, b := range d.batches {
		if b.settled.IsZero() && slices.ContainsFunc(b.Runs, func(r beat.Run) bool { return r.ID == id }) {
			return true
		}
	}
	return false
}

// SetActive switches one schedule on or off.
func (s *Store) SetActive(ctx context.Context, id beat.EntryID, on bool) error {
	unlock, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	n, _, err := s.find(id)
	if err != nil {
		return fmt.Errorf("activate or deactivate: %w", err)
	}
	s.setActive(n, on)
	return nil
}
