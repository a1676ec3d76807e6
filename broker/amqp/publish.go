package amqp

import (
	"context"
	"fmt"
	"time"

	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/failpoint"
)

// Publish sends what is missing of a batch and waits for the confirms. What the broker refuses is Refused, what no
// queue takes Returned, each alone.
func (p *Publisher) Publish(ctx context.Context, b message.Batch) ([]message.Outcome, error) {
	f := p.flights.of(b.ID, len(b.Messages))
	f.land()
	f.skip(b)
	var doubt error // why the broker closed the channel
	revived := false
	for {
		closed, err := p.once(ctx, f, b.Messages, doubt)
		if err != nil {
			f.land()
			return f.outcomes(true), fmt.Errorf("publish: %w", err)
		}
		if closed == nil && !revived && p.revive(f, b.Messages) {
			revived = true
			continue
		}
		if closed == nil {
			p.correct(ctx, f)
			return f.outcomes(false), nil
		}
		p.config.Logger.Warn("broker closed the channel, sending what is in doubt one by one", "reason", closed.Error())
		doubt = closed
	}
}

// once sends what is to do and waits for it; one by one if there is a doubt. closed says why the broker closed the channel
// on the way.
func (p *Publisher) once(ctx context.Context, f *flight, messages []message.Envelope, doubt error) (closed, err error) {
	var l *link
	var stopped bool
	err = p.inLane(ctx, func(ctx context.Context) (err error) {
		if l, err = p.lead(ctx); err != nil {
			return err
		}
		stopped, err = p.sendMissing(ctx, l, f, messages, doubt)
		return err
	})
	if err != nil {
		return nil, err
	}
	failpoint.Reach("publish.sent")
	on := f.deliveries()
	for _, d := range on {
		if err := p.wait(ctx, l, d); err != nil {
			return nil, err
		}
	}
	f.land()
	switch left := len(f.todo()); {
	case left == 0:
		return nil, nil
	case !l.alive():
		<-l.watched
		return nil, l.signals.errLost()
	}
	for _, d := range on {
		if reason := d.on.closedBy(); reason != nil {
			return reason, nil
		}
	}
	if stopped || f.unknown() {
		return errChannelClosed, nil
	}
	return nil, nil // what is left was rejected
}

// lead returns a connection on which this publisher may publish: one that holds the guard, if there must be one.
func (p *Publisher) lead(ctx context.Context) (*link, error) {
	l, err := p.connect(ctx)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	fence := p.fence
	p.mu.Unlock()
	return l, p.holdGuard(ctx, l, fence)
}

// sendMissing declares what is needed and sends what is to do. It tells whether the broker closed the channel before
// all was written. The caller holds the lane.
func (p *Publisher) sendMissing(ctx context.Context, l *link, f *flight, messages []message.Envelope, doubt error) (bool, error) {
	f.land() // what was on its way on a connection that is gone must be sent again
	todo := f.todo()
	if doubt != nil {
		if err := p.reconsider(l, doubt); err != nil {
			return false, err
		}
		todo = f.todo()
	}
	envs := make([]*message.Envelope, len(todo))
	for i, n := range todo {
		envs[i] = &messages[n]
	}
	refused, err := p.prepare(l, envs)
	if err != nil {
		return false, err
	}
	run := sending{p: p, link: l, flight: f, messages: messages, refused: refused}
	if doubt != nil {
		return false, run.oneByOne(ctx, todo)
	}
	return run.all(ctx, todo)
}

// reconsider drops what was known of the broker, for that may be wrong, and asks what it took before it closed the
// channel.
func (p *Publisher) reconsider(l *link, doubt error) error {
	p.blameEvents(l, doubt)
	clear(l.declared)
	clear(l.exchanges)
	clear(l.events)
	return p.recall(l)
}

// wait waits until a delivery has ended. A connection on which a confirm is overdue is closed; while the broker blocked it,
// none could come.
func (p *Publisher) wait(ctx context.Context, l *link, d *delivery) error {
	if d.finished() {
		return nil
	}
	deadline := d.deadline
	if again := l.signals.freedAt().Add(p.config.ConfirmTimeout); again.After(deadline) {
		deadline = again
	}
	limit := time.NewTimer(time.Until(deadline))
	defer limit.Stop()
	select {
	case <-d.confirm.Done():
		return nil
	case <-limit.C:
		if err := l.signals.errBlocked(); err != nil {
			return err
		}
		l.wire.Close() // so that it is sent again, on another connection
		<-l.watched    // or the next call would still find this one
		return fmt.Errorf("%w: no confirm within %v", message.ErrUnavailable, p.config.ConfirmTimeout)
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-p.closing:
		return message.ErrClosed
	case <-l.signals.blockedNow():
		return l.signals.errOr()
	}
}
