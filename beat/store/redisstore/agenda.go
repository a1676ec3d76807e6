package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// Due returns the entries whose next run is not later than now. It reads all cursors, and each entry on its own.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]beat.Entry, error) {
	if limit < 1 {
		return nil, fmt.Errorf("due: limit is %d, must be positive", limit)
	}
	var due []beat.Entry
	err := s.eachPlanned(ctx, func(c beat.Cursor, e beat.Entry) bool {
		if c.Next.After(now) {
			return false
		}
		due = append(due, e)
		return len(due) < limit
	})
	if err != nil {
		return nil, fmt.Errorf("due: %w", err)
	}
	return due, nil
}

// NextRun returns the earliest next run of all. It reads all cursors.
func (s *Store) NextRun(ctx context.Context) (next time.Time, some bool, err error) {
	err = s.eachPlanned(ctx, func(c beat.Cursor, _ beat.Entry) bool {
		next, some = c.Next, true
		return false
	})
	if err != nil {
		return time.Time{}, false, fmt.Errorf("next run: %w", err)
	}
	return next, some, nil
}

// eachPlanned goes through the entries that are switched on and have a next run, in the order of it and of their ids, until f
// returns false.
func (s *Store) eachPlanned(ctx context.Context, f func(beat.Cursor, beat.Entry) bool) error {
	planned := map[beat.EntryID]beat.Cursor{}
	err := s.eachCursor(ctx, func(c beat.Cursor) {
		if !c.Next.IsZero() {
			planned[c.ID] = c
		}
	})
	if err != nil {
		return err
	}
	order := make([]beat.Cursor, 0, len(planned))
	for _, c := range planned {
		order = append(order, c)
	}
	slices.SortFunc(order, func(a, b beat.Cursor) int {
		return cmp.Or(a.Next.Compare(b.Next), cmp.Compare(number(a.ID), number(b.ID)))
	})
	for _, c := range order {
		e, err := s.Lookup(ctx, c.ID)
		if errors.Is(err, beat.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if e.Bad == nil && e.Running() && !f(c, e) {
			return nil
		}
	}
	return nil
}

// number is an id as this store gives it.
func number(id beat.EntryID) int64 {
	n, err := strconv.ParseInt(string(id), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// cursorsAtOnce is how many cursors are read in one round trip, about.
const cursorsAtOnce = 1000

// eachCursor calls f with each cursor, with one that changes meanwhile perhaps twice.
func (s *Store) eachCursor(ctx context.Context, f func(beat.Cursor)) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	for place := uint64(0); ; {
		pairs, next, err := s.client.HScan(ctx, s.base+"cursors", place, "", cursorsAtOnce).Result()
		if err != nil {
			return s.failed(ctx, "read cursors", err)
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			id := beat.EntryID(pairs[i])
			c, err := Cursor(id, pairs[i+1])
			if err != nil {
				return fmt.Errorf("cursor of %s: %w", id, err)
			}
			f(c)
		}
		if place = next; place == 0 {
			return nil
		}
	}
}
