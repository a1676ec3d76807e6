package memstore

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// ahead is how much later than the store's clock a run may be claimed (spec: G7).
const ahead = 500 * time.Millisecond

// keepSettled is how long a settled batch is remembered, so that a claim whose answer was lost is recognised.
const keepSettled = time.Minute

// cursor is a cursor with the batch that moved it last.
type cursor struct {
	beat.Cursor
	batch uuid.UUID
}

// batch is a claimed batch.
type batch struct {
	beat.OpenBatch
	shard   int
	at      time.Time
	settled time.Time // zero: not yet
}

// copy returns what is known of the batch, sharing no memory with it.
func (b *batch) copy() beat.OpenBatch {
	o := b.OpenBatch
	o.Runs, o.Payload, o.Failed = slices.Clone(o.Runs), bytes.Clone(o.Payload), slices.Clone(o.Failed)
	return o
}

// Claim carries out the decisions of a batch.
func (s *Store) Claim(ctx context.Context, l beat.Lease, b beat.Batch) ([]beat.EntryID, error) {
	if err := b.Check(maxBatch); err != nil {
		return nil, err
	}
	unlock, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if _, err := s.held(l); err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	s.settle(l.Shard, b.Done)
	if taken := s.claimed(b); taken != nil {
		return taken, nil
	}
	var taken []beat.EntryID
	open := beat.OpenBatch{ID: b.ID, Epoch: l.Epoch, Payload: bytes.Clone(b.Payload)}
	for _, d := range b.Decisions {
		if !s.decide(d, b.ID) {
			continue
		}
		taken = append(taken, d.ID)
		if d.Fire {
			open.Runs = append(open.Runs, beat.Run{ID: d.ID, Instant: stamp(d.To)})
		}
	}
	if len(open.Runs) > 0 {
		s.batches[b.ID] = &batch{OpenBatch: open, shard: l.Shard, at: now()}
	}
	return taken, nil
}

// claimed returns what an earlier claim of the same batch took, nil if there was none.
func (d *data) claimed(b beat.Batch) []beat.EntryID {
	runs := map[beat.EntryID]bool{}
	if old, ok := d.batches[b.ID]; ok {
		for _, r := range old.Runs {
			runs[r.ID] = true
		}
	}
	var taken []beat.EntryID
	for _, dec := range b.Decisions {
		c := d.cursors[dec.ID]
		if runs[dec.ID] || c != nil && c.batch == b.ID {
			taken = append(taken, dec.ID)
		}
	}
	return taken
}

// decide moves the cursor of one entry if it may.
func (d *data) decide(dec beat.Decision, id uuid.UUID) bool {
	n, r, err := d.find(dec.ID)
	if err != nil || dec.Fire && !(r.Active && d.tasks[r.TaskID].Enabled) {
		return false
	}
	c, ok := d.cursors[dec.ID]
	switch to := stamp(dec.To); {
	case to.After(now().Add(ahead)):
		return false
	case !ok && !dec.Prev.IsZero(), ok && !c.DecidedTo.Equal(stamp(dec.Prev)):
		return false
	case ok && (to.Before(c.DecidedTo) || dec.Fire && to.Equal(c.DecidedTo)):
		return false
	case !ok:
		c = &cursor{Cursor: beat.Cursor{ID: dec.ID}}
		d.cursors[dec.ID] = c
	}
	c.DecidedTo, c.Next, c.Spec, c.Note, c.batch = stamp(dec.To), stamp(dec.Next), dec.Spec, dec.Note, id
	if dec.Fire {
		c.LastRun = c.DecidedTo
		c.Fires++
	}
	if dec.Missed > 0 {
		d.omit(beat.Omission{
			ID: dec.ID, From: stamp(dec.MissedFrom), To: stamp(dec.MissedTo), Count: dec.Missed, Reason: dec.MissedReason,
			At: now(),
		})
	}
	switch dec.End {
	case beat.EndSchedule:
		d.setActive(n, false)
	case beat.EndTask:
		d.setEnabled(r.TaskID, false)
	case beat.EndNothing:
	}
	return true
}

// Settle records that batches are finished.
func (s *Store) Settle(ctx context.Context, l beat.Lease, done []beat.Settlement) error {
	unlock, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := s.held(l); err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	s.settle(l.Shard, done)
	return nil
}

func (d *data) settle(shard int, done []beat.Settlement) {
	at := now()
	for _, st := range done {
		b, ok := d.batches[st.Batch]
		if !ok || b.shard != shard {
			continue
		}
		if !b.settled.IsZero() {
			d.correct(b, st.Failed)
			continue
		}
		b.settled = at
		for _, run := range b.Runs {
			rec := beat.Record{
				Run: run, State: "confirmed", Epoch: b.Epoch, Batch: b.ID, ClaimedAt: b.at, SettledAt: at,
			}
			for _, f := range st.Failed {
				if f.ID == run.ID && stamp(f.Instant).Equal(run.Instant) {
					rec.State, rec.Reason = f.State.String(), f.Reason
					b.Failed = append(b.Failed, beat.Failure{ID: f.ID, Instant: run.Instant, State: f.State, Reason: f.Reason})
				}
			}
			d.record(rec)
		}
	}
}

// correct puts the history right about runs of a settled batch.
func (d *data) correct(b *batch, failed []beat.Failure) {
	for _, f := range failed {
		runs := d.ledger[f.ID]
		i := slices.IndexFunc(runs, func(r beat.Record) bool {
			return r.Batch == b.ID && r.Instant.Equal(stamp(f.Instant))
		})
		if i < 0 {
			continue
		}
		if runs[i].State == "confirmed" {
			b.Failed = append(b.Failed, beat.Failure{ID: f.ID, Instant: runs[i].Instant, State: f.State, Reason: f.Reason})
		}
		runs[i].State, runs[i].Reason = f.State.String(), f.Reason
	}
}

// sweep forgets batches that were settled a while ago.
func (d *data) sweep() {
	for id, b := range d.batches {
		if !b.settled.IsZero() && now().Sub(b.settled) > keepSettled {
			delete(d.batches, id)
		}
	}
}

// Unsettled returns batches of earlier epochs.
func (s *Store) Unsettled(ctx context.Context, l beat.Lease) ([]beat.OpenBatch, error) {
	return s.list(ctx, func(b *batch) bool {
		return b.settled.IsZero() && b.shard == l.Shard && b.Epoch < l.Epoch
	}, func(a, b *batch) int { return cmp.Compare(a.Epoch, b.Epoch) })
}

// Settled returns batches that were settled lately.
func (s *Store) Settled(ctx context.Context, l beat.Lease, since time.Duration) ([]beat.OpenBatch, error) {
	return s.list(ctx, func(b *batch) bool {
		return !b.settled.IsZero() && b.shard == l.Shard && now().Sub(b.settled) <= since
	}, func(a, b *batch) int { return a.settled.Compare(b.settled) })
}

// list returns batches in an order; equal ones in that of their ids.
func (s *Store) list(ctx context.Context, want func(*batch) bool, order func(a, b *batch) int) ([]beat.OpenBatch, error) {
	unlock, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var found []*batch
	for _, b := range s.batches {
		if want(b) {
			found = append(found, b)
		}
	}
	slices.SortFunc(found, func(a, b *batch) int { return cmp.Or(order(a, b), bytes.Compare(a.ID[:], b.ID[:])) })
	list := make([]beat.OpenBatch, len(found))
	for i, b := range found {
		list[i] = b.copy()
	}
	return list, nil
}
