package claimlog

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// Planned returns the cursors with a next run, in no order. Their entries may be gone or switched off.
func (l *Log) Planned(ctx context.Context) ([]beat.Cursor, error) {
	end, err := l.begin(ctx, true)
	if err != nil {
		return nil, err
	}
	defer end()
	return l.st.cursors(func(c *beat.Cursor) bool { return !c.Next.IsZero() }), nil
}

// Sending tells whether a run of an entry is claimed and not settled.
func (l *Log) Sending(ctx context.Context, id beat.EntryID) (bool, error) {
	end, err := l.begin(ctx, true)
	if err != nil {
		return false, err
	}
	defer end()
	return slices.ContainsFunc(l.st.Batches, func(b *batch) bool {
		return b.Settled.IsZero() && slices.ContainsFunc(b.Runs, func(r beat.Run) bool { return r.ID == id })
	}), nil
}

// cursors returns those that are wanted, in no order.
func (s *state) cursors(want func(*beat.Cursor) bool) []beat.Cursor {
	var found []beat.Cursor
	for _, c := range s.Cursors {
		if want(&c.Cursor) {
			found = append(found, c.Cursor)
		}
	}
	return found
}

// sends tells whether a batch was claimed under a lease and is not settled.
func (s *state) sends(own beat.Lease, id uuid.UUID) bool {
	b := s.batch(id)
	return b != nil && b.Settled.IsZero() && b.Shard == own.Shard && b.Epoch == own.Epoch
}
