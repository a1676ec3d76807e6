package claimlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

const (
	// MaxBatch is the most decisions in one claim.
	MaxBatch = 1000

	ahead = 500 * time.Millisecond // how much later than the clock a run may be claimed
)

// Claim carries out the decisions of a batch. Whether their entries are switched on is looked up just before the record
// is written; an edit in between takes effect with the next run.
func (l *Log) Claim(ctx context.Context, own beat.Lease, b beat.Batch) ([]beat.EntryID, error) {
	if err := b.Check(MaxBatch); err != nil {
		return nil, err
	}
	if b.ID == uuid.Nil { // which cursors that were put have, so that they would pass for claimed by it
		return nil, errors.New("claim: the batch has no id")
	}
	end, err := l.begin(ctx, false)
	if err != nil {
		return nil, err
	}
	defer end()
	running, err := l.entries.Running(ctx, idsOf(b.Decisions))
	if err != nil {
		return nil, fmt.Errorf("claim: look which entries run: %w", err)
	}
	at, _, err := l.clock(ctx)
	if err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	var taken []beat.EntryID
	err = l.append(ctx, own, func() (entry, bool, error) {
		e := l.record(kindClaim, own, at)
		e.Batch, e.Payload, e.Done = b.ID, b.Payload, settlements(b.Done)
		if taken = l.st.claimed(b); taken != nil {
			e.Kind, e.Payload = kindSettle, nil
			return e, len(e.Done) > 0, nil
		}
		for i := range b.Decisions {
			d := &b.Decisions[i]
			if on, there := running[d.ID]; there && (on || !d.Fire) && l.st.may(d, at) {
				taken = append(taken, d.ID)
				e.Moves = append(e.Moves, moved(d))
			}
		}
		return e, len(e.Moves)+len(e.Done) > 0, nil
	})
	if err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	// When that fails the claim stands all the same; the next renewal or the next leader switches off what it ends.
	_ = l.switchOff(ctx, own.Shard)
	return taken, nil
}

// may tells whether a decision can be carried out.
func (s *state) may(d *beat.Decision, at time.Time) bool {
	to, prev := stamp(d.To), stamp(d.Prev)
	if to.After(at.Add(ahead)) {
		return false
	}
	c := s.Cursors[d.ID]
	if c == nil {
		return prev.IsZero()
	}
	return c.DecidedTo.Equal(prev) && !to.Before(c.DecidedTo) && !(d.Fire && to.Equal(c.DecidedTo))
}

// claimed returns what an earlier claim of the same batch took, nil if there was none.
func (s *state) claimed(b beat.Batch) []beat.EntryID {
	runs := map[beat.EntryID]bool{}
	if old := s.batch(b.ID); old != nil {
		for _, r := range old.Runs {
			runs[r.ID] = true
		}
	}
	var taken []beat.EntryID
	for i := range b.Decisions {
		id := b.Decisions[i].ID
		if c := s.Cursors[id]; runs[id] || c != nil && c.Batch == b.ID {
			taken = append(taken, id)
		}
	}
	return taken
}

// switchOff does what claims of the shard said their last runs end with.
func (l *Log) switchOff(ctx context.Context, shard int) error {
	for id, e := range l.st.Ends {
		if e.Shard != shard {
			continue
		}
		if err := l.entries.SwitchOff(ctx, id, e.End); err != nil {
			return fmt.Errorf("switch off %s after its last run: %w", id, err)
		}
		l.switched = append(l.switched, string(id))
		delete(l.st.Ends, id)
	}
	return nil
}

// Settle records that batches are finished.
func (l *Log) Settle(ctx context.Context, own beat.Lease, done []beat.Settlement) error {
	end, err := l.begin(ctx, false)
	if err != nil {
		return err
	}
	defer end()
	at, _, err := l.clock(ctx)
	if err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	err = l.append(ctx, own, func() (entry, bool, error) {
		e := l.record(kindSettle, own, at)
		e.Done = settlements(done)
		return e, len(done) > 0, nil
	})
	if err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	return nil
}

// Unsettled returns batches of epochs before that of the lease, the oldest first.
func (l *Log) Unsettled(ctx context.Context, own beat.Lease) ([]beat.OpenBatch, error) {
	return l.batches(ctx, func(b *batch, _ time.Time) bool {
		return b.Settled.IsZero() && b.Shard == own.Shard && b.Epoch < own.Epoch
	})
}

// Settled returns batches of the shard that were settled lately, in the order in which they were.
func (l *Log) Settled(ctx context.Context, own beat.Lease, since time.Duration) ([]beat.OpenBatch, error) {
	return l.batches(ctx, func(b *batch, at time.Time) bool {
		return !b.Settled.IsZero() && b.Shard == own.Shard && at.Sub(b.Settled) <= since
	})
}

func (l *Log) batches(ctx context.Context, want func(b *batch, at time.Time) bool) ([]beat.OpenBatch, error) {
	end, err := l.begin(ctx, true)
	if err != nil {
		return nil, err
	}
	defer end()
	at, _, err := l.clock(ctx)
	if err != nil {
		return nil, fmt.Errorf("list batches: %w", err)
	}
	var found []beat.OpenBatch
	for _, b := range l.st.Batches {
		if want(b, at) {
			found = append(found, b.copy())
		}
	}
	return found, nil
}

func idsOf(list []beat.Decision) []beat.EntryID {
	ids := make([]beat.EntryID, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	return ids
}
