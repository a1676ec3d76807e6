package memstore

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// LastExecution returns the latest instant that was claimed for sending.
func (s *Store) LastExecution(ctx context.Context) (time.Time, bool, error) {
	unlock, err := s.begin(ctx)
	if err != nil {
		return time.Time{}, false, err
	}
	defer unlock()
	var last time.Time
	for _, c := range s.cursors {
		if c.LastRun.After(last) {
			last = c.LastRun
		}
	}
	return last, !last.IsZero(), nil
}

// Put replaces cursors while nobody leads.
func (s *Store) Put(ctx context.Context, cursors []beat.Cursor) error {
	unlock, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	for shard, l := range s.leases {
		if l.Holder != uuid.Nil && l.Expires.After(now()) {
			return fmt.Errorf("put cursors: %s leads shard %d: %w", l.Name, shard, beat.ErrFenced)
		}
	}
	for _, c := range cursors {
		if _, _, err := s.find(c.ID); err != nil {
			return fmt.Errorf("put cursors: %w", err)
		}
	}
	for _, c := range cursors {
		c.DecidedTo, c.LastRun, c.Next = stamp(c.DecidedTo), stamp(c.LastRun), stamp(c.Next)
		s.cursors[c.ID] = &cursor{Cursor: c}
	}
	return nil
}

// Stored says whether there are entries.
func (s *Store) Stored(ctx context.Context) (beat.Stored, error) {
	unlock, err := s.begin(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	switch {
	case len(s.order) > 0:
		return beat.StoredSome, nil
	case s.used:
		return beat.StoredEmpty, nil
	}
	return beat.StoredNever, nil
}
