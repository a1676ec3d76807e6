package docstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// agendaPage is how many entries are looked at at a time for whether they are switched on.
const agendaPage = 100

// Due returns the entries whose next run is not later than now.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]beat.Entry, error) {
	if limit < 1 {
		return nil, fmt.Errorf("due: limit is %d, must be positive", limit)
	}
	var due []beat.Entry
	err := s.eachPlanned(ctx, func(e beat.Entry, next time.Time) bool {
		if next.After(now) {
			return false
		}
		due = append(due, e)
		return len(due) < limit
	})
	if err != nil {
		return nil, fmt.Errorf("read what is due: %w", err)
	}
	return due, nil
}

// NextRun returns the earliest next run of all.
func (s *Store) NextRun(ctx context.Context) (time.Time, bool, error) {
	var earliest time.Time
	err := s.eachPlanned(ctx, func(_ beat.Entry, next time.Time) bool {
		earliest = next
		return false
	})
	if err != nil {
		return time.Time{}, false, fmt.Errorf("read the next run: %w", err)
	}
	return earliest, !earliest.IsZero(), nil
}

// eachPlanned goes through the entries that are switched on and have a next run, in the order of that and of their ids,
// until f returns false.
func (s *Store) eachPlanned(ctx context.Context, f func(e beat.Entry, next time.Time) bool) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	planned, err := s.Planned(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(planned, func(a, b beat.Cursor) int {
		return cmp.Or(a.Next.Compare(b.Next), cmp.Compare(taskOf(a.ID), taskOf(b.ID)), compare(a.ID, b.ID))
	})
	for page := range slices.Chunk(planned, agendaPage) {
		ids := make([]beat.EntryID, len(page))
		for i := range page {
			ids[i] = page[i].ID
		}
		found, err := s.find(ctx, ids)
		if err != nil {
			return err
		}
		for _, c := range page {
			if e, there := found[c.ID]; there && e.Running() && e.Bad == nil && !f(e, c.Next) {
				return nil
			}
		}
	}
	return nil
}
