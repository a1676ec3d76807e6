package beat

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gobeat/gobeat/broker/message"
)

// Causes for which a term of leadership ends.
var (
	errLeaseRanOut  = errors.New("the lease could not be renewed in time")
	errDrainTimeout = errors.New("work was not finished within the drain timeout")
	errTermOver     = errors.New("term is over")
)

const standbyPoll = time.Second // between two attempts at a lease that is held

// Run sends what is due until ctx ends, waiting for its turn while another beat leads. When ctx ends it finishes the
// batches in hand, gives up the lease and returns nil. What goes wrong with the store or the broker is logged and
// tried again; Run returns no error of theirs, but ErrUnhealthy if Config.ExitUnhealthy asks for it.
func (b *Beat) Run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var watching sync.WaitGroup
	watching.Go(func() { b.watch(ctx, stop) })
	// The lock outlives ctx: it is given up after the lease.
	vigil, endVigil := context.WithCancel(context.WithoutCancel(ctx))
	defer endVigil()
	if b.watchman != nil {
		watching.Go(func() { b.watchman.run(vigil) })
	}
	b.takeTurns(ctx)
	endVigil()
	cause := context.Cause(ctx)
	stop(nil)
	watching.Wait()
	b.status.enter(StateStopped, 0, b.cfg.Clock())
	if errors.Is(cause, ErrUnhealthy) {
		return cause
	}
	return nil
}

// takeTurns stands by and leads until ctx ends.
func (b *Beat) takeTurns(ctx context.Context) {
	wait := newBackoff()
	for {
		b.status.enter(StateStandby, 0, b.cfg.Clock())
		term, ok := b.standBy(ctx)
		if !ok {
			return
		}
		cause := b.lead(ctx, term)
		select {
		case <-ctx.Done():
			return
		default:
		}
		b.log.Warn("stopped leading", "epoch", term.lease.Epoch, "cause", cause)
		if time.Since(term.since) > time.Minute {
			wait.reset()
		}
		if !wait.wait(ctx) {
			return
		}
	}
}

// term is one time of leadership.
type term struct {
	lease Lease
	since time.Time // by the local clock
	until time.Time // the local deadline: counted from before the lease was asked for
}

// standBy waits for the lease. It returns false when ctx ended first.
func (b *Beat) standBy(ctx context.Context) (term, bool) {
	trouble := b.trouble(withStore)
	wait := newBackoff()
	told := ""
	if b.watchman != nil && !b.watchman.locked() && !b.watchman.wait(ctx, vigilStart) {
		return term{}, false
	}
	for {
		t, err := b.acquire(ctx, 0)
		if err == nil {
			trouble.worked()
			return t, true
		}
		if ctx.Err() != nil {
			return term{}, false
		}
		held, ok := errors.AsType[*HeldError](err)
		if !ok {
			trouble.failed("ask for the lease", err)
			if !wait.wait(ctx) {
				return term{}, false
			}
			continue
		}
		trouble.worked()
		wait.reset()
		if told != held.By {
			told = held.By
			b.status.update(func(h *Health) { h.Leader = held.By })
			b.log.Info("standing by, another beat leads", "leader", held.By)
		}
		if b.watchman.locked() {
			b.watchman.giveUp() // somebody leads without it
		}
		if !b.watchman.wait(ctx, standbyPoll) {
			return term{}, false
		}
	}
}

func (b *Beat) acquire(ctx context.Context, atLeast int64) (term, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	start := time.Now()
	by := b.holder
	by.Locked = b.watchman.locked()
	lease, err := b.cfg.Store.Acquire(ctx, 0, by, b.cfg.LeaseTTL, atLeast)
	if err != nil {
		return term{}, err
	}
	b.clocks.learn(lease, b.cfg.LeaseTTL, start)
	return term{lease: lease, since: start, until: start.Add(b.cfg.LeaseTTL - leaseMargin)}, nil
}

// lead goes through fencing, recovering and leading until ctx ends or leadership is lost, and returns why.
func (b *Beat) lead(ctx context.Context, t term) error {
	// Work outlives ctx, so that batches in hand can be finished; it ends with the lease or the drain timeout.
	work, lose := context.WithCancelCause(context.WithoutCancel(ctx))
	defer lose(errTermOver)
	defer context.AfterFunc(ctx, func() {
		time.AfterFunc(b.cfg.DrainTimeout, func() { lose(errDrainTimeout) })
	})()

	var renewing sync.WaitGroup
	renewCtx, stopRenewing := context.WithCancel(work)
	renewing.Go(func() { b.renew(renewCtx, t, lose) })
	err := b.term(ctx, work, lose, t)
	stopRenewing()
	renewing.Wait()
	b.handOver(work, t)
	return err
}

// term is what a leader does: shut out the former one, finish what it left, then work.
func (b *Beat) term(ctx, work context.Context, lose context.CancelCauseFunc, t term) error {
	// Until the stages run nothing is in hand, and a stop need not wait.
	early, cancel := context.WithCancelCause(work)
	defer cancel(errTermOver)
	defer context.AfterFunc(ctx, func() { cancel(errTermOver) })()

	b.status.enter(StateFencing, t.lease.Epoch, b.cfg.Clock())
	if err := b.fence(early, t.lease); err != nil {
		return err
	}
	b.status.enter(StateRecovering, t.lease.Epoch, b.cfg.Clock())
	if err := b.recover(early, t.lease, lose); err != nil {
		return err
	}
	b.status.enter(StateLeading, t.lease.Epoch, b.cfg.Clock())
	b.log.Info("leading", "epoch", t.lease.Epoch)
	b.cfg.Observer.Led(true, t.lease.Epoch)
	defer b.cfg.Observer.Led(false, t.lease.Epoch)
	b.work(ctx, work, lose, t)
	return context.Cause(work)
}

// fence makes the broker refuse the former leader. A broker that knows a higher epoch makes the store's leader step
// down, and this beat asks for a higher one.
func (b *Beat) fence(ctx context.Context, lease Lease) error {
	trouble := b.trouble(withBroker)
	wait := newBackoff()
	for {
		err := b.cfg.Publisher.TakeOver(ctx, message.Fence{
			Deployment: b.cfg.Deployment, Shard: lease.Shard, Epoch: lease.Epoch, Nonce: lease.Holder,
		})
		if err == nil {
			trouble.worked()
			return nil
		}
		if fenced, ok := errors.AsType[*message.FencedError](err); ok {
			return b.raise(ctx, fenced)
		}
		trouble.failed("take over", err)
		if !wait.wait(ctx) {
			return context.Cause(ctx)
		}
	}
}

// raise brings the store's epoch above the broker's, for the next term.
func (b *Beat) raise(ctx context.Context, fenced *message.FencedError) error {
	if _, err := b.acquire(ctx, fenced.Epoch+1); err != nil {
		return fmt.Errorf("raise the epoch above the broker's: %w", err)
	}
	return fenced
}

// renew keeps the lease until ctx ends, and ends the term when it is lost or runs out.
func (b *Beat) renew(ctx context.Context, t term, lose context.CancelCauseFunc) {
	trouble := b.trouble(withStore)
	deadline := time.AfterFunc(time.Until(t.until), func() { lose(errLeaseRanOut) })
	defer deadline.Stop()
	for sleep(ctx, b.cfg.LeaseTTL/3) {
		start := time.Now()
		callCtx, cancel := context.WithTimeout(ctx, storeTimeout)
		renewal := t.lease
		renewal.Locked = b.watchman.locked()
		lease, err := b.cfg.Store.Renew(callCtx, renewal, b.cfg.LeaseTTL)
		cancel()
		switch {
		case err == nil:
			trouble.worked()
			b.clocks.learn(lease, b.cfg.LeaseTTL, start)
			b.clocks.agree()
			deadline.Reset(time.Until(start.Add(b.cfg.LeaseTTL - leaseMargin)))
		case errors.Is(err, ErrFenced):
			lose(err)
			return
		case ctx.Err() == nil:
			trouble.failed("renew the lease", err)
		}
	}
}

// handOver gives up the broker's fence and the lease, so that another beat can lead at once.
func (b *Beat) handOver(work context.Context, t term) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(work), storeTimeout)
	defer cancel()
	if err := b.cfg.Publisher.TakeOver(ctx, message.Fence{}); err != nil && !errors.Is(err, message.ErrClosed) {
		b.log.Debug("could not give up the fence", "error", err)
	}
	if errors.Is(context.Cause(work), ErrFenced) {
		return
	}
	if err := b.cfg.Store.Release(ctx, t.lease); err != nil && !errors.Is(err, ErrFenced) {
		b.log.Warn("could not release the lease, it will run out", "error", err)
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
