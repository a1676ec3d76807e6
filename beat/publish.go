package beat

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/failpoint"
)

const (
	publishTimeout = time.Minute // of one call; drivers have shorter ones of their own
	mostRejections = 5           // attempts at a message that a reachable broker does not take
	maxAside       = 16          // batches of which something was rejected and is tried again
)

// order is a claimed batch whose runs are to be published.
type order struct {
	number  int64 // of the batch within the loop
	batch   uuid.UUID
	epoch   int64
	attempt int // 2 when a former leader may have published it
	runs    []planned
	release release
	known   []message.Outcome // what the broker remembers of a former attempt; may be nil
}

// newest returns the instant of the latest run; zero when there is none.
func (w *order) newest() time.Time {
	var newest time.Time
	for i := range w.runs {
		newest = latest(newest, w.runs[i].run.Instant)
	}
	return newest
}

type planned struct {
	plan    *Plan
	run     Run
	message *message.Envelope // rendered with the claim; nil: not yet. The plan may then hold no more than names
	problem string            // why it cannot be published; the plan may then hold no more than a name
	done    bool              // nothing is left to be done about it
}

// publishStage publishes batches one after the other, in the order in which their releases let go of them, so that the
// runs of a schedule stay in order, and each until the fate of all its messages is known. What a broker that answers does not take is set aside: it is tried again in the
// background, and nothing else waits for it.
type publishStage struct {
	pub      Publisher
	clock    func() time.Time
	render   *Renderer
	observer Observer
	log      *slog.Logger
	lose     context.CancelCauseFunc
	trouble  *trouble

	orders   <-chan order
	settled  chan<- Settlement // takes maxOpen and maxAside without blocking
	aside    chan<- int64      // the same
	finished chan<- int64      // the same
}

func (s *publishStage) run(ctx context.Context) {
	var retries sync.WaitGroup
	defer retries.Wait()
	places := make(chan struct{}, maxAside)
	timer := time.NewTimer(0)
	defer timer.Stop()
	var held []*parcel // ready but for their release, in the order in which they came
	for orders := s.orders; orders != nil || len(held) > 0; {
		p, rest, wait := s.released(held)
		held = rest
		if p != nil {
			s.carry(ctx, p, &retries, places)
			continue
		}
		timer.Reset(wait)
		select {
		case w, more := <-orders:
			if !more {
				orders = nil
				continue
			}
			held = append(held, s.prepare(w))
		case <-timer.C:
		case <-ctx.Done():
			s.abandon(orders, held)
			return
		}
	}
}

// released takes the first batch out of those held that may be published, or tells how long none may.
func (s *publishStage) released(held []*parcel) (p *parcel, rest []*parcel, wait time.Duration) {
	wait = longestSleep
	for i, p := range held {
		left := p.release.left(s.clock)
		if left <= 0 {
			return p, slices.Delete(held, i, i+1), 0
		}
		wait = min(wait, left)
	}
	return nil, held, wait
}

// carry publishes a batch, or sets aside what is rejected of it.
func (s *publishStage) carry(ctx context.Context, p *parcel, retries *sync.WaitGroup, places chan struct{}) {
	s.begin(p)
	ok := s.push(ctx, p)
	if !ok || p.left == 0 {
		s.end(p, ok)
		return
	}
	select {
	case places <- struct{}{}:
		s.aside <- p.number
		retries.Go(func() {
			s.end(p, s.insist(ctx, p))
			<-places
		})
	default: // so many are rejected that it is no matter of single queues
		s.note(p, p.latest, true)
		s.end(p, s.insist(ctx, p))
	}
}

// abandon leaves batches to the next leader.
func (s *publishStage) abandon(orders <-chan order, held []*parcel) {
	for _, p := range held {
		s.end(p, false)
	}
	if orders == nil {
		return
	}
	for w := range orders {
		s.finished <- w.number
	}
}

// end hands on a batch that is finished; one that is not stays unsettled for the next leader.
func (s *publishStage) end(p *parcel, ok bool) {
	if ok {
		s.settled <- p.settlement()
	}
	s.finished <- p.number
}

// send publishes a batch of a former leader, not before its latest instant, until the fate of all its messages is
// known. It returns false when ctx ended first.
func (s *publishStage) send(ctx context.Context, w order) (Settlement, bool) {
	w.release = releaseAt(w.newest(), s.clock())
	p := s.prepare(w)
	for left := w.release.left(s.clock); left > 0; left = w.release.left(s.clock) {
		if !sleep(ctx, left) {
			return p.settlement(), false
		}
	}
	s.begin(p)
	ok := s.push(ctx, p) && s.insist(ctx, p)
	return p.settlement(), ok
}

// insist tries again what is left of a batch until nothing is. It returns false when ctx ended first.
func (s *publishStage) insist(ctx context.Context, p *parcel) bool {
	for wait := newBackoff(); p.left > 0; {
		if !wait.wait(ctx) || !s.push(ctx, p) {
			return false
		}
	}
	return true
}

// push publishes what is left of a batch until the broker has answered. It returns false when ctx ended first, or when
// this beat is no longer the leader.
func (s *publishStage) push(ctx context.Context, p *parcel) bool {
	for wait := newBackoff(); p.left > 0; {
		outcomes, err := s.publish(ctx, p.batch)
		if fenced, ok := errors.AsType[*message.FencedError](err); ok {
			s.lose(fenced)
			return false
		}
		if err == nil {
			s.trouble.worked()
			p.latest = outcomes
			p.attempts++
			s.note(p, outcomes, p.attempts >= mostRejections)
			return true
		}
		s.trouble.failed("publish", err)
		s.note(p, outcomes, false)
		if p.left > 0 && !wait.wait(ctx) {
			return false
		}
	}
	return true
}

func (s *publishStage) publish(ctx context.Context, b message.Batch) ([]message.Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	failpoint.Reach("publish.before")
	outcomes, err := s.pub.Publish(ctx, b)
	return outcomes, failpoint.Pass("confirm.before", err)
}

// parcel is a batch with what is known of its messages.
type parcel struct {
	order
	batch    message.Batch
	left     int
	attempts int               // answers of the broker
	latest   []message.Outcome // the last one
	failed   []Failure
}

func (p *parcel) settlement() Settlement { return Settlement{Batch: p.order.batch, Failed: p.failed} }

// prepare renders the messages.
func (s *publishStage) prepare(w order) *parcel {
	p := &parcel{order: w, left: len(w.runs)}
	p.batch = message.Batch{
		ID:       w.batch,
		Messages: make([]message.Envelope, len(w.runs)),
		Skip:     make([]bool, len(w.runs)),
	}
	now := w.release.moment()
	for i, r := range w.runs {
		if r.done {
			p.batch.Skip[i] = true
			p.left--
			continue
		}
		if r.problem != "" {
			s.close(p, i, message.Outcome{State: message.Refused, Reason: r.problem})
			continue
		}
		env, err := s.message(&r, w, now)
		if err != nil {
			s.close(p, i, message.Outcome{State: message.Refused, Reason: err.Error()})
			continue
		}
		p.batch.Messages[i] = env
	}
	return p
}

// begin tells what will be sent, and takes in what the broker remembers.
func (s *publishStage) begin(p *parcel) {
	for i, r := range p.runs {
		if !p.batch.Skip[i] {
			s.log.Info("sending due task", "name", r.plan.Name, "task", r.plan.task.Name, "id", p.batch.Messages[i].ID,
				"instant", r.run.Instant)
		}
	}
	s.note(p, p.known, false)
}

// message returns the message of a run: the one rendered with its claim, if there is one.
func (s *publishStage) message(r *planned, w order, now time.Time) (message.Envelope, error) {
	if r.message != nil {
		return s.render.Again(*r.message, w.attempt), nil
	}
	return s.render.Run(r.plan, r.run, w.epoch, w.attempt, now)
}

// note takes in what became of the messages. Messages without an outcome were not sent.
func (s *publishStage) note(p *parcel, outcomes []message.Outcome, giveUp bool) {
	for i, o := range outcomes {
		if p.batch.Skip[i] {
			continue
		}
		switch o.State {
		case message.Confirmed, message.Returned, message.Refused:
			s.close(p, i, o)
		case message.Rejected:
			if giveUp {
				s.close(p, i, o)
			}
		case message.Unknown:
			if p.runs[i].plan.Delivery == AtMostOnce {
				s.close(p, i, o)
			}
		}
	}
}

// close records the fate of one message.
func (s *publishStage) close(p *parcel, i int, o message.Outcome) {
	r := p.runs[i]
	p.batch.Skip[i] = true
	p.left--
	if o.State == message.Confirmed {
		s.observer.Sent(r.run, r.plan.Name, r.plan.task.Name, time.Now())
		return
	}
	f := Failure{ID: r.run.ID, Instant: r.run.Instant, State: o.State, Reason: o.Reason}
	p.failed = append(p.failed, f)
	s.observer.Failed(f, r.plan.Name)
	s.log.Error("run did not reach a queue", "name", r.plan.Name, "task", r.plan.task.Name, "id", r.run.ID,
		"instant", r.run.Instant, "state", o.State.String(), "reason", o.Reason)
}
