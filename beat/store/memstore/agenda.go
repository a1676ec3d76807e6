package memstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// Due returns the entries whose next run is not later than now.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]beat.Entry, error) {
	if limit < 1 {
		return nil, fmt.Errorf("due: limit is %d, must be positive", limit)
	}
	unlock, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var found []*cursor
	for c := range s.planned() {
		if !c.Next.After(now) {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b *cursor) int {
		return cmp.Or(a.Next.Compare(b.Next), cmp.Compare(number(a.ID), number(b.ID)))
	})
	found = found[:min(limit, len(found))]
	due := make([]beat.Entry, len(found))
	for i, c := range found {
		due[i], _ = s.entry(number(c.ID))
	}
	return due, nil
}

// NextRun returns the earliest next run of all.
func (s *Store) NextRun(ctx context.Context) (time.Time, bool, error) {
	unlock, err := s.begin(ctx)
	if err != nil {
		return time.Time{}, false, err
	}
	defer unlock()
	var next time.Time
	for c := range s.planned() {
		if next.IsZero() || c.Next.Before(next) {
			next = c.Next
		}
	}
	return next, !next.IsZero(), nil
}

// planned goes through the cursors of entries that are switched on and have a next run, in no order.
func (d *data) planned() func(yield func(*cursor) bool) {
	return func(yield func(*cursor) bool) {
		for id, c := range d.cursors {
			r := d.schedules[number(id)]
			if r != nil && r.Active && d.tasks[r.TaskID].Enabled && !c.Next.IsZero() && !yield(c) {
				return
			}
		}
	}
}
