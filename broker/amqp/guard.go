package amqp

import (
	"context"
	"errors"
	"fmt"
	"time"

	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/broker/message"
)

// guardName returns the name of the exclusive queue that only one leader can hold.
func guardName(f message.Fence) string { return fmt.Sprintf("beat.guard.%s.%d", f.Deployment, f.Shard) }

const (
	guardPause = 200 * time.Millisecond // between two attempts
	guardGrace = 2 * time.Second        // for the broker to drop the connection that this publisher has just lost
)

// TakeOver takes the guard, waiting until the former leader's connection has ended or ctx has, and learns from the last
// marker what the former leader had sent. The zero Fence makes the publisher one that leads nothing: the guard is given
// up with the connection that holds it, so that nothing of this leader can come later.
func (p *Publisher) TakeOver(ctx context.Context, f message.Fence) error {
	p.mu.Lock()
	p.fence = f
	p.mu.Unlock()
	err := p.inLane(ctx, func(ctx context.Context) error {
		if f == (message.Fence{}) {
			p.giveUpGuard()
			return nil
		}
		l, err := p.connect(ctx)
		if err != nil {
			return err
		}
		if err := l.waitGuard(ctx, f); err != nil {
			return err
		}
		return p.inherit(l)
	})
	if err != nil {
		return fmt.Errorf("take over: %w", err)
	}
	return nil
}

func (p *Publisher) giveUpGuard() {
	p.mu.Lock()
	l := p.link
	p.mu.Unlock()
	if l != nil && l.fence != (message.Fence{}) {
		l.close()
		p.keep(nil)
	}
}

// errHeld means that there is a guard and that it is not ours.
var errHeld = errors.New("is held by another connection")

// waitGuard tries to take the guard until ctx ends.
func (l *link) waitGuard(ctx context.Context, f message.Fence) error {
	if guardName(l.fence) == guardName(f) {
		l.fence = f
		return nil
	}
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-pause.C:
		case <-ctx.Done():
			return fmt.Errorf("queue %s %w: %w", guardName(f), errHeld, context.Cause(ctx))
		}
		taken, err := l.takeGuard(f)
		if err != nil || taken {
			return err
		}
		pause.Reset(guardPause)
	}
}

// holdGuard makes sure that the connection holds the guard before anything is published on it.
func (p *Publisher) holdGuard(ctx context.Context, l *link, f message.Fence) error {
	if f == (message.Fence{}) || l.fence == f {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, guardGrace)
	defer cancel()
	err := l.waitGuard(limited, f)
	if errors.Is(err, errHeld) && ctx.Err() == nil {
		return &message.FencedError{} // the guard tells no epoch
	}
	if err != nil {
		return err
	}
	return p.inherit(l)
}

// inherit takes in what the former holder of the guard has left. When that cannot be done, or forbids to lead, the guard is
// given up: kept, it would shut out who leads now.
func (p *Publisher) inherit(l *link) error {
	err := p.remember(l)
	if err != nil {
		p.giveUpGuard()
	}
	return err
}

// takeGuard declares the guard queue; false when another connection holds it.
func (l *link) takeGuard(f message.Fence) (bool, error) {
	name := guardName(f)
	var gone <-chan amqp091.Delivery
	declared := false
	err := l.call(func() error {
		ch, err := l.conn.Channel()
		if err != nil {
			return err
		}
		if _, err := ch.QueueDeclare(name, false, false, true, false, nil); err != nil {
			return err
		}
		declared = true
		gone, err = ch.Consume(name, "", true, false, false, false, nil)
		return err
	})
	answer, only := isChannelError(err)
	switch {
	case only && !declared && answer.Code == amqp091.ResourceLocked:
		return false, nil
	case err != nil && (!only || !declared): // without permission to read, the guard is held and not watched
		return false, fmt.Errorf("take guard %s: %w: %w", name, message.ErrUnavailable, err)
	}
	l.fence = f
	if err == nil {
		l.guarding.Go(func() { l.watchGuard(gone) })
	}
	return true, nil
}

// watchGuard ends the connection when somebody deletes the guard: the broker then ends the consumer. What was written
// before may still be processed, so the guard must not be taken again on this connection.
func (l *link) watchGuard(gone <-chan amqp091.Delivery) {
	for range gone { // nobody sends to it
	}
	if l.alive() {
		l.wire.Close()
	}
}
