package beat

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gobeat/gobeat/broker/message"
)

// repairWindow is how far back a leader looks for what its broker confirmed and lost. Stores keep settled batches that
// long.
const repairWindow = time.Minute

// lostReason is what the history tells of a run that the broker lost and that is not sent again.
const lostReason = "the broker had confirmed it and lost it"

// repair compares the batches that were settled lately with the memory of the broker, and sends again, under the same
// ids, what the broker had confirmed and no longer knows. It does so at every takeover, since former leader and broker
// may have died together. Brokers forget the oldest batches when there are many; what they lose by a crash is the newest.
func (s *seat) repair(ctx context.Context, lease Lease, lose context.CancelCauseFunc) error {
	if s.lapses() == nil {
		s.lapsed.Store(false)
		return nil
	}
	var settled []OpenBatch
	err := s.persist(ctx, "read settled batches", func(ctx context.Context) (err error) {
		settled, err = s.cfg.Store.Settled(ctx, lease, repairWindow)
		return err
	})
	if err != nil {
		return err
	}
	lost, err := s.missing(ctx, settled, s.lapsed.Load())
	if err != nil {
		return fmt.Errorf("look settled batches up: %w", err)
	}
	stage := s.publishStage(lose)
	for i := range lost {
		if err := s.mend(ctx, lease, &lost[i], stage); err != nil {
			return err
		}
	}
	s.lapsed.Store(false)
	return nil
}

// lostBatch is a settled batch with what the broker knows of it.
type lostBatch struct {
	OpenBatch
	known []message.Outcome
}

// overtaking is how many batches may be published while one that was set aside waits for its next attempts.
const overtaking = 500

// missing returns the batches that the broker has lost, in the order of their claims. If it is not known to have lapsed,
// it is asked no further back than overtaking, and nothing is missing when it knows none: it is another broker then, to
// which nothing was sent.
//
// A broker loses what it got last, and forgets what it got first. Batches are published in the order of their claims, up
// to those that were set aside, and may be settled in another.
func (s *seat) missing(ctx context.Context, settled []OpenBatch, lapsed bool) ([]lostBatch, error) {
	var lost, older []lostBatch                                                                   // older: those of which it is open yet whether they were lost or forgotten
	slices.SortFunc(settled, func(a, b OpenBatch) int { return bytes.Compare(a.ID[:], b.ID[:]) }) // UUIDv7: by time
	known, complete := false, 0
	for _, b := range slices.Backward(settled) {
		outcomes, err := s.pub.Lookup(ctx, b.ID, len(b.Runs))
		if err != nil {
			return nil, err
		}
		some, all := covered(&b, outcomes)
		if !all {
			older = append(older, lostBatch{OpenBatch: b, known: outcomes})
		}
		if some {
			known = true
			lost, older = append(lost, older...), nil
		}
		if some && all {
			complete++
		}
		if complete > overtaking && !lapsed {
			break
		}
	}
	if !known && lapsed {
		lost = older
	}
	if !known && !lapsed && len(older) > 0 {
		s.log.Warn("the broker knows none of the batches of the last minute: it is another one than before, or has lost"+
			" its memory while nobody led", "batches", len(older))
	}
	slices.Reverse(lost)
	return lost, nil
}

// covered tells whether the broker knows some of the runs of a batch, and all that were sent.
func covered(b *OpenBatch, known []message.Outcome) (some, all bool) {
	all = true
	failed := failures(b)
	for i, r := range b.Runs {
		some = some || i < len(known) && known[i].State != message.Unknown
		if !final(known, i) && !failed[r.ID] {
			all = false
		}
	}
	return some, all
}

// final tells whether the broker knows the fate of a run.
func final(known []message.Outcome, i int) bool {
	return i < len(known) && known[i].State != message.Unknown && known[i].State != message.Rejected
}

// failures are the entries whose runs in the batch were recorded as failed; an entry has one run in a batch.
func failures(b *OpenBatch) map[EntryID]bool {
	failed := make(map[EntryID]bool, len(b.Failed))
	for _, f := range b.Failed {
		failed[f.ID] = true
	}
	return failed
}

// mend sends what the broker has lost of a batch. The batch stays settled; the history is put right about runs that did
// not reach a queue this time.
func (s *seat) mend(ctx context.Context, lease Lease, b *lostBatch, stage *publishStage) error {
	o, err := s.order(ctx, &b.OpenBatch, nil)
	if err != nil {
		return fmt.Errorf("read entries of batch %s: %w", b.ID, err)
	}
	failed := failures(&b.OpenBatch)
	var given []Failure
	again := 0
	for i := range o.runs {
		r := &o.runs[i]
		switch {
		case failed[r.run.ID], final(b.known, i):
			r.done = true
		case r.plan.Delivery == AtMostOnce:
			r.done = true
			given = append(given, Failure{ID: r.run.ID, Instant: r.run.Instant, State: message.Unknown, Reason: lostReason})
			s.log.Error("the broker has lost a run, which is not sent again because of its delivery", "name", r.plan.Name,
				"id", r.run.ID, "instant", r.run.Instant, "batch", b.ID)
		default:
			again++
			s.cfg.Observer.Repaired(r.run, r.plan.Name)
		}
	}
	s.log.Warn("the broker has lost a batch that it had confirmed", "batch", b.ID, "epoch", b.Epoch,
		"runs", len(b.Runs), "sending_again", again)
	// Before anything is sent: afterwards the broker knows the batch, and nobody looks into it again.
	if err := s.correct(ctx, lease, Settlement{Batch: b.ID, Failed: given}); err != nil {
		return err
	}
	done, ok := stage.send(ctx, o)
	if !ok {
		return context.Cause(ctx)
	}
	return s.correct(ctx, lease, done)
}

// correct puts the history right about failures.
func (s *seat) correct(ctx context.Context, lease Lease, done Settlement) error {
	if len(done.Failed) == 0 {
		return nil
	}
	return s.persist(ctx, "settle", func(ctx context.Context) error {
		return s.cfg.Store.Settle(ctx, lease, []Settlement{done})
	})
}
