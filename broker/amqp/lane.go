package amqp

import (
	"context"
	"time"

	"github.com/gobeat/gobeat/broker/message"
)

// inLane runs f alone: no other declaration or sending is under way. The caller does not wait longer than its context
// or for a blocked connection; f then goes on in the background until it notices or is stopped by its own limits, and
// the lane stays taken until then.
func (p *Publisher) inLane(ctx context.Context, f func(ctx context.Context) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case <-p.closing:
		return message.ErrClosed
	default:
	}
	select {
	case p.lane <- struct{}{}:
	case <-p.closing:
		return message.ErrClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-p.signals.blockedNow():
		return p.signals.errOr()
	}
	if !p.begin() {
		<-p.lane
		return message.ErrClosed
	}
	inner, cancel := context.WithCancelCause(ctx)
	done := make(chan error, 1)
	go func() {
		defer p.work.Done()
		defer cancel(nil)
		err := f(inner)
		<-p.lane
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-p.closing:
		cancel(message.ErrClosed)
		return message.ErrClosed
	case <-p.signals.blockedNow():
		return p.signals.errOr()
	case <-ctx.Done():
	}
	patience := time.NewTimer(lanePatience)
	defer patience.Stop()
	select {
	case err := <-done: // it knows better what it was waiting for
		return err
	case <-patience.C:
		return context.Cause(ctx)
	}
}

// lanePatience is how long the user of the lane may take to notice that its context has ended.
const lanePatience = 100 * time.Millisecond

// begin counts a user of the lane unless the publisher was closed.
func (p *Publisher) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.work.Add(1)
	return true
}
