package amqp

import (
	"context"
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

// TakeOver takes the guard, waiting until the former leader's connection has ended or ctx has. The zero Fence makes
// the publisher one that leads nothing.
func (p *Publisher) TakeOver(ctx context.Context, f message.Fence) error {
	p.mu.Lock()
	p.fence = f
	p.mu.Unlock()
	err := p.inLane(ctx, func(ctx context.Context) error {
		l, err := p.connect(ctx)
		if err != nil || f == (message.Fence{}) {
			return err
		}
		return l.waitGuard(ctx, f)
	})
	if err != nil {
		return fmt.Errorf("take over: %w", err)
	}
	return nil
}

// waitGuard tries to take the guard until ctx ends.
func (l *link) waitGuard(ctx context.Context, f message.Fence) error {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-pause.C:
		case <-ctx.Done():
			return fmt.Errorf("queue %s is held by another connection: %w", guardName(f), context.Cause(ctx))
		}
		taken, err := l.takeGuard(f)
		if err != nil || taken {
			return err
		}
		pause.Reset(guardPause)
	}
}

// holdGuard makes sure that the connection holds the guard before anything is published on it.
func (l *link) holdGuard(ctx context.Context, f message.Fence) error {
	if f == (message.Fence{}) || l.guard == guardName(f) {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, guardGrace)
	defer cancel()
	err := l.waitGuard(limited, f)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return &message.FencedError{} // the guard tells no epoch
	}
	return err
}

// takeGuard declares the guard queue; false when another connection holds it.
func (l *link) takeGuard(f message.Fence) (bool, error) {
	name := guardName(f)
	err := l.request(func(ch *amqp091.Channel) error {
		_, err := ch.QueueDeclare(name, false, false, true, false, nil)
		return err
	})
	if answer, only := isChannelError(err); only && answer.Code == amqp091.ResourceLocked {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("take guard %s: %w", name, err)
	}
	l.guard = name
	return true, nil
}
