package beat

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/failpoint"
)

// Causes for which a term of leadership ends.
var (
	errLeaseRanOut  = errors.New("the lease could not be renewed in time")
	errDrainTimeout = errors.New("work was not finished within the drain timeout")
	errTermOver     = errors.New("term is over")
)

// lead goes through fencing, recovering and leading until ctx ends or leadership is lost, and returns why.
func (s *seat) lead(ctx context.Context, t term) error {
	ctx, drain := context.WithCancelCause(ctx)
	defer drain(errTermOver)
	// Work outlives ctx, so that batches in hand can be finished; it ends with the lease or the drain timeout.
	work, lose := context.WithCancelCause(context.WithoutCancel(ctx))
	defer lose(errTermOver)
	defer context.AfterFunc(ctx, func() {
		time.AfterFunc(s.cfg.DrainTimeout, func() { lose(errDrainTimeout) })
	})()
	s.crew.leads(s.shard, tenure{lose: lose, drain: drain})

	end := newDeadline(s.cfg.Uptime, t.since, s.cfg.LeaseTTL-leaseMargin, func() { lose(errLeaseRanOut) })
	defer end.stop()
	var renewing sync.WaitGroup
	renewCtx, stopRenewing := context.WithCancel(work)
	renewing.Go(func() { s.renew(renewCtx, t.lease, end, lose) })
	err := s.term(ctx, work, lose, t, end)
	stopRenewing()
	renewing.Wait()
	if errors.Is(err, ErrFenced) && s.rewound(work, t) {
		err = errRewound
	}
	failpoint.Reach("drain.settled")
	s.handOver(work, t, s.sequelOf(t, err).keep)
	failpoint.Reach("drain.released")
	return err
}

// term is what a leader does: shut out the former one, finish what it left, then work.
func (s *seat) term(ctx, work context.Context, lose context.CancelCauseFunc, t term, end *deadline) error {
	// Until the stages run nothing is in hand, and a stop need not wait.
	early, cancel := context.WithCancelCause(work)
	defer cancel(errTermOver)
	defer context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })()

	failpoint.Reach("takeover.epoch")
	s.status.enter(StateFencing, t.lease.Epoch, s.cfg.Clock())
	if err := s.fence(early, t.lease); err != nil {
		return err
	}
	s.status.update(func(h *Health) { h.Broker = "" }) // what a former term was in trouble with is over
	failpoint.Reach("takeover.fenced")
	s.status.enter(StateRecovering, t.lease.Epoch, s.cfg.Clock())
	defer s.watchMemory(work, lose)()
	if err := s.repair(early, t.lease, lose); err != nil {
		return err
	}
	if err := s.recover(early, t.lease, lose); err != nil {
		return err
	}
	s.status.enter(StateLeading, t.lease.Epoch, s.cfg.Clock())
	s.log.Info("leading", "epoch", t.lease.Epoch)
	s.cfg.Observer.Led(true, t.lease.Epoch)
	defer s.cfg.Observer.Led(false, t.lease.Epoch)
	s.work(ctx, work, lose, t, end)
	if cause := context.Cause(work); cause != nil {
		return cause
	}
	return context.Cause(ctx)
}

// fence makes the broker refuse the former leader. A broker that knows an epoch that is not smaller makes the term end;
// the next one has a larger one.
func (s *seat) fence(ctx context.Context, lease Lease) error {
	trouble := s.trouble(withBroker)
	wait := newBackoff()
	for {
		err := s.pub.TakeOver(ctx, message.Fence{
			Deployment: s.cfg.Deployment, Shard: lease.Shard, Epoch: lease.Epoch, Nonce: lease.Holder,
		})
		if err == nil {
			trouble.worked()
			return nil
		}
		if fenced, ok := errors.AsType[*message.FencedError](err); ok {
			return fenced
		}
		trouble.failed("take over", err)
		if !wait.wait(ctx) {
			return context.Cause(ctx)
		}
	}
}

// watchMemory ends the term when the broker may have lost what it confirmed. What it told until now was about the time
// before the broker was taken over, and is looked into by this term. It returns what ends the watching.
func (s *seat) watchMemory(work context.Context, lose context.CancelCauseFunc) (stop func()) {
	lapses := s.lapses()
	select {
	case <-lapses:
		s.lapsed.Store(true)
	default:
	}
	ctx, cancel := context.WithCancel(work)
	var watching sync.WaitGroup
	watching.Go(func() {
		select {
		case <-lapses:
			s.lapsed.Store(true)
			lose(errLapsed)
		case <-ctx.Done():
		}
	})
	return func() {
		cancel()
		watching.Wait()
	}
}

// renew keeps the lease until ctx ends, and ends the term when it is lost. It asks often enough to notice within two
// seconds, by default, that the store's clock has jumped.
func (s *seat) renew(ctx context.Context, lease Lease, end *deadline, lose context.CancelCauseFunc) {
	trouble := s.trouble(withStore)
	for sleep(ctx, s.cfg.LeaseTTL/4) {
		if end.passed() {
			lose(errLeaseRanOut)
			return
		}
		start := s.moment()
		callCtx, cancel := context.WithTimeout(ctx, storeTimeout)
		lease.Locked = s.watchman.locked()
		renewed, err := s.cfg.Store.Renew(callCtx, lease, s.cfg.LeaseTTL)
		cancel()
		switch {
		case err == nil:
			trouble.worked()
			lease = renewed
			s.clocks.learn(lease, s.cfg.LeaseTTL, start.at)
			s.clocks.agree()
			end.extend(start, s.cfg.LeaseTTL-leaseMargin)
		case errors.Is(err, ErrFenced):
			lose(err)
			return
		case ctx.Err() == nil:
			trouble.failed("renew the lease", err)
		}
	}
}

// rewound tells whether a store that no longer follows this leader has gone back to an earlier state of itself: then its
// epoch is smaller than it was, or it still follows this leader but has forgotten its last renewals.
func (s *seat) rewound(work context.Context, t term) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(work), storeTimeout)
	defer cancel()
	st, err := s.cfg.Store.Leader(ctx, s.shard)
	switch {
	case errors.Is(err, ErrNotFound):
		s.log.Error("the store has lost what it had committed: nobody ever led in it", "epoch", t.lease.Epoch)
		return true
	case err != nil || st.Epoch > t.lease.Epoch || st.Epoch == t.lease.Epoch && st.Holder == uuid.Nil:
		return false
	}
	// The lease was last renewed a full term before its end; what was committed later may be lost.
	lost := "unknown"
	if now, err := s.cfg.Store.Now(ctx); err == nil && st.Held {
		lost = now.Sub(st.Expires.Add(-s.cfg.LeaseTTL)).Round(time.Second).String()
	}
	s.log.Error("the store has lost what it had committed; runs of that time may be sent again, under the same ids",
		"epoch", t.lease.Epoch, "epoch_stored", st.Epoch, "lost_at_most", lost)
	return true
}

// handOver gives up the broker's fence and, unless it is kept, the lease, so that another beat can lead at once.
func (s *seat) handOver(work context.Context, t term, keep bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(work), storeTimeout)
	defer cancel()
	if err := s.pub.TakeOver(ctx, message.Fence{}); err != nil && !errors.Is(err, message.ErrClosed) {
		s.log.Debug("could not give up the fence", "error", err)
	}
	if keep || errors.Is(context.Cause(work), ErrFenced) {
		return
	}
	if err := s.cfg.Store.Release(ctx, t.lease); err != nil && !errors.Is(err, ErrFenced) {
		s.log.Warn("could not release the lease, it will run out", "error", err)
	}
}

// sleep returns false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
