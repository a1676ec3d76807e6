package redbeat

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// LastExecution returns the latest instant that was claimed for sending among the entries that are there. Cursors of those
// that somebody removed are forgotten later.
func (s *Store) LastExecution(ctx context.Context) (time.Time, bool, error) {
	names, err := s.names(ctx)
	if err != nil {
		return time.Time{}, false, fmt.Errorf("last execution: %w", err)
	}
	var last time.Time
	for part := range slices.Chunk(names, chunk) {
		ids := make([]beat.EntryID, len(part))
		for i, name := range part {
			ids[i] = beat.EntryID(name)
		}
		cursors, err := s.Get(ctx, ids)
		if err != nil {
			return time.Time{}, false, fmt.Errorf("last execution: %w", err)
		}
		for _, c := range cursors {
			if c.LastRun.After(last) {
				last = c.LastRun
			}
		}
	}
	return last, !last.IsZero(), nil
}
