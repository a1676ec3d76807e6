package gormstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/models"
)

// attempts is how often a claim is tried when the database breaks it off (deadlock), or its answer is lost. A claim is
// known by its batch id, so trying again is safe: what was carried out is recognised.
const attempts = 3

// Claim carries out the decisions of a batch.
func (s *Store) Claim(ctx context.Context, l beat.Lease, b beat.Batch) ([]beat.EntryID, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	c, err := newClaim(b)
	if err != nil {
		return nil, err
	}
	taken, err := s.carryOut(ctx, l, c)
	if err != nil {
		return nil, err
	}
	ids := make([]beat.EntryID, 0, len(taken))
	for _, d := range c.decisions {
		if taken[d.id] {
			ids = append(ids, d.ID)
		}
	}
	return ids, nil
}

// Settle records that batches are finished: a claim without decisions.
func (s *Store) Settle(ctx context.Context, l beat.Lease, done []beat.Settlement) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	_, err := s.carryOut(ctx, l, claim{id: uuid.New(), done: done})
	return err
}

func (s *Store) carryOut(ctx context.Context, l beat.Lease, c claim) (map[int64]bool, error) {
	const attempt = "claim"
	unknown := false
	for n := 1; ; n++ {
		c.again = n > 1
		taken, fenced, err := s.d.claim(ctx, l, c)
		if err == nil {
			return s.taken(taken, fenced)
		}
		kind := s.d.classify(err)
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			kind = lost // the statement was under way, or would have been
		}
		unknown = unknown || kind == lost
		again := kind == lost || kind == busy || kind == duplicate
		if again && n < attempts && ctx.Err() == nil {
			continue
		}
		if unknown {
			return nil, fmt.Errorf("%s: %w: %w", attempt, beat.ErrUnknownOutcome, err)
		}
		return nil, s.wrap(attempt, err)
	}
}

func (s *Store) taken(ids []int64, fenced bool) (map[int64]bool, error) {
	if fenced {
		return nil, s.wrap("claim", beat.ErrFenced)
	}
	taken := make(map[int64]bool, len(ids))
	for _, id := range ids {
		taken[id] = true
	}
	return taken, nil
}

// failures are the failures of all settlements, with the keys of their schedules.
func (c claim) failures() []failure {
	var list []failure
	for _, st := range c.done {
		for _, f := range st.Failed {
			if key, ok := models.ScheduleID(f.ID); ok {
				list = append(list, failure{Failure: f, batch: st.Batch, id: key})
			}
		}
	}
	return list
}

type failure struct {
	beat.Failure

	batch uuid.UUID
	id    int64
}
