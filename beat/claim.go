package beat

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/failpoint"
)

const (
	storeTimeout = 5 * time.Second        // of one call
	settleDelay  = 200 * time.Millisecond // finished batches wait that long for a claim to ride on
)

// claim is a batch on its way through the stages.
type claim struct {
	number    int64 // of the batch within the loop
	decisions []Decision
	plans     []*Plan // of the same entries, as of the decision
	ending    int     // how many of them end with the run
	release   release // of the messages
}

func (c *claim) add(p *Plan, d Decision) {
	c.decisions = append(c.decisions, d)
	c.plans = append(c.plans, p)
	if d.End != EndNothing {
		c.ending++
	}
}

// inOrder sorts the decisions by instant, then by name and id. It implements sort.Interface.
type inOrder claim

func (c *inOrder) Len() int { return len(c.decisions) }

func (c *inOrder) Less(a, b int) bool {
	return cmp.Or(c.decisions[a].To.Compare(c.decisions[b].To), strings.Compare(c.plans[a].Name, c.plans[b].Name),
		strings.Compare(string(c.decisions[a].ID), string(c.decisions[b].ID))) < 0
}

func (c *inOrder) Swap(a, b int) {
	c.decisions[a], c.decisions[b] = c.decisions[b], c.decisions[a]
	c.plans[a], c.plans[b] = c.plans[b], c.plans[a]
}

// oldest returns the earliest run that is to be sent, zero when none is.
func (c *claim) oldest() time.Time {
	var oldest time.Time
	for i := range c.decisions {
		if d := &c.decisions[i]; d.Fire && (oldest.IsZero() || d.To.Before(oldest)) {
			oldest = d.To
		}
	}
	return oldest
}

// result is what the store took of a claim.
type result struct {
	number    int64
	decisions []Decision
	taken     []EntryID
	took      time.Duration // the claim
	sending   bool          // runs were handed to the publish stage, which will say when it is finished
}

// claimStage carries claims to the store one after the other, hands what was taken to the publish stage, and settles
// what that has finished. It ends when claims is closed and everything is settled, or when ctx ends.
type claimStage struct {
	store   Store
	render  *Renderer
	lease   Lease
	end     *deadline
	lose    context.CancelCauseFunc
	trouble *trouble

	claims  <-chan claim
	results chan<- result
	orders  chan<- order
	settled <-chan Settlement

	done []Settlement
}

func (s *claimStage) run(ctx context.Context) {
	defer close(s.orders)
	timer := time.NewTimer(settleDelay)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case c, ok := <-s.claims:
			if !ok {
				s.collect()
				s.settle(ctx)
				return
			}
			s.collect()
			if !s.claim(ctx, c) {
				return
			}
		case d := <-s.settled:
			if len(s.done) == 0 {
				timer.Reset(settleDelay)
			}
			s.done = append(s.done, d)
		case <-timer.C:
			s.settle(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// collect takes the settlements that are there without waiting.
func (s *claimStage) collect() {
	for {
		select {
		case d := <-s.settled:
			s.done = append(s.done, d)
		default:
			return
		}
	}
}

// claim tries until the store answers. The batch keeps its id, so that a claim whose answer was lost is recognised.
func (s *claimStage) claim(ctx context.Context, c claim) bool {
	id, err := uuid.NewV7()
	if err != nil {
		s.lose(fmt.Errorf("make batch id: %w", err))
		return false
	}
	b := Batch{ID: id, Decisions: c.decisions, Done: s.done}
	kept := s.keep(&c)
	if b.Payload, err = pack(kept); err != nil {
		s.lose(err)
		return false
	}
	wait := newBackoff()
	for {
		if s.end.passed() {
			s.lose(errLeaseRanOut)
			return false
		}
		start := time.Now()
		taken, err := s.try(ctx, b)
		if err == nil {
			s.done = nil
			s.trouble.worked()
			r := result{number: c.number, decisions: c.decisions, taken: taken, took: time.Since(start)}
			return s.pass(ctx, b.ID, c, r, kept)
		}
		if errors.Is(err, ErrFenced) {
			s.lose(err)
			return false
		}
		s.trouble.failed("claim", err)
		if !wait.wait(ctx) {
			return false
		}
	}
}

// keep renders the messages of runs whose entries end with them. What cannot be rendered is refused later.
func (s *claimStage) keep(c *claim) []parcelled {
	if c.ending == 0 {
		return nil
	}
	kept := make([]parcelled, 0, c.ending)
	now := c.release.moment()
	for i := range c.decisions {
		d, p := &c.decisions[i], c.plans[i]
		if d.End == EndNothing {
			continue
		}
		env, err := s.render.Run(p, Run{ID: d.ID, Instant: d.To}, s.lease.Epoch, 1, now)
		if err == nil {
			kept = append(kept, parcelled{ID: d.ID, Name: p.Name, Task: p.task.Name, Delivery: p.Delivery, Message: env})
		}
	}
	return kept
}

func (s *claimStage) try(ctx context.Context, b Batch) ([]EntryID, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	failpoint.Reach("claim.before")
	failpoint.Soon("claim.sent")
	taken, err := s.store.Claim(ctx, s.lease, b)
	return taken, failpoint.Pass("claim.committed", err)
}

// pass hands on what was taken.
func (s *claimStage) pass(ctx context.Context, id uuid.UUID, c claim, r result, kept []parcelled) bool {
	messages := make(map[EntryID]*message.Envelope, len(kept))
	for i := range kept {
		messages[kept[i].ID] = &kept[i].Message
	}
	w := order{number: c.number, batch: id, epoch: s.lease.Epoch, attempt: 1, release: c.release}
	taken := make(map[EntryID]bool, len(r.taken))
	for _, id := range r.taken {
		taken[id] = true
	}
	for i := range c.decisions {
		if d := &c.decisions[i]; d.Fire && taken[d.ID] {
			w.runs = append(w.runs, planned{plan: c.plans[i], run: Run{ID: d.ID, Instant: d.To}, message: messages[d.ID]})
		}
	}
	r.sending = len(w.runs) > 0
	if r.sending {
		select {
		case s.orders <- w:
		case <-ctx.Done():
			return false
		}
	}
	select {
	case s.results <- r:
		return true
	case <-ctx.Done():
		return false
	}
}

// settle records finished batches. What it cannot record is settled later, at worst by the next leader.
func (s *claimStage) settle(ctx context.Context) {
	if len(s.done) == 0 {
		return
	}
	callCtx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	failpoint.Reach("settle.before")
	failpoint.Soon("settle.sent")
	err := s.store.Settle(callCtx, s.lease, s.done)
	switch {
	case err == nil:
		s.done = nil
		s.trouble.worked()
	case errors.Is(err, ErrFenced):
		s.lose(err)
	default:
		s.trouble.failed("settle", err)
	}
}
