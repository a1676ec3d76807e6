package membroker

import (
	"context"
	"fmt"
	"sync"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/message"
)

// A Publisher publishes to a Broker. Its methods are safe for concurrent use.
type Publisher struct {
	broker *Broker
	lapses chan struct{}

	mu     sync.Mutex
	fence  message.Fence
	closed bool
}

// ready returns the fence, or why nothing can be done.
func (p *Publisher) ready(ctx context.Context) (message.Fence, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return message.Fence{}, message.ErrClosed
	}
	if ctx.Err() != nil {
		return message.Fence{}, context.Cause(ctx)
	}
	return p.fence, nil
}

// TakeOver makes the broker refuse everything of leaders with a smaller epoch.
func (p *Publisher) TakeOver(ctx context.Context, f message.Fence) error {
	if _, err := p.ready(ctx); err != nil {
		return fmt.Errorf("take over: %w", err)
	}
	b := p.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return fmt.Errorf("take over: %w", message.ErrUnavailable)
	}
	if f != (message.Fence{}) {
		known := b.epochs[leader{f.Deployment, f.Shard}]
		if known != f && known.Epoch >= f.Epoch {
			return &message.FencedError{Epoch: known.Epoch}
		}
		b.epochs[leader{f.Deployment, f.Shard}] = f
	}
	p.mu.Lock()
	p.fence = f
	p.mu.Unlock()
	return nil
}

// Publish delivers the messages of a batch that were not decided on before.
func (p *Publisher) Publish(ctx context.Context, batch message.Batch) ([]message.Outcome, error) {
	out := make([]message.Outcome, len(batch.Messages))
	fence, err := p.ready(ctx)
	if err != nil {
		return out, fmt.Errorf("publish: %w", err)
	}
	b := p.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return out, fmt.Errorf("publish: %w", message.ErrUnavailable)
	}
	if fence != (message.Fence{}) {
		if known := b.epochs[leader{fence.Deployment, fence.Shard}]; known != fence {
			return out, &message.FencedError{Epoch: known.Epoch}
		}
	}
	known := b.known(batch.ID, leader{fence.Deployment, fence.Shard})
	for i, env := range batch.Messages {
		if i < len(known) && known[i].State != message.Unknown && known[i].State != message.Rejected {
			out[i] = known[i]
			continue
		}
		if batch.Skipped(i) {
			out[i] = message.SkippedOutcome()
			continue
		}
		out[i] = b.deliver(env, batch.ID)
	}
	b.remember(batch.ID, leader{fence.Deployment, fence.Shard}, out)
	close(b.arrived)
	b.arrived = make(chan struct{})
	if b.lose > 0 {
		b.lose--
		clear(out)
		return out, fmt.Errorf("publish: answer lost: %w", message.ErrUnavailable)
	}
	return out, nil
}

// Lookup tells what became of the messages of a batch.
func (p *Publisher) Lookup(ctx context.Context, batch uuid.UUID, n int) ([]message.Outcome, error) {
	out := make([]message.Outcome, n)
	fence, err := p.ready(ctx)
	if err != nil {
		return out, fmt.Errorf("look up batch: %w", err)
	}
	p.broker.mu.Lock()
	defer p.broker.mu.Unlock()
	if p.broker.down {
		return out, fmt.Errorf("look up batch: %w", message.ErrUnavailable)
	}
	copy(out, p.broker.known(batch, leader{fence.Deployment, fence.Shard}))
	return out, nil
}

// Lapses returns a channel that receives a value after Broker.Lose; nil when the broker remembers nothing anyway.
func (p *Publisher) Lapses() <-chan struct{} {
	p.broker.mu.Lock()
	defer p.broker.mu.Unlock()
	if p.broker.forget {
		return nil
	}
	return p.lapses
}

// Check tells whether the broker is available.
func (p *Publisher) Check(ctx context.Context) error {
	if _, err := p.ready(ctx); err != nil {
		return fmt.Errorf("check broker: %w", err)
	}
	p.broker.mu.Lock()
	defer p.broker.mu.Unlock()
	if p.broker.down {
		return fmt.Errorf("check broker: %w", message.ErrUnavailable)
	}
	return nil
}

// Close ends the publisher, not the broker.
func (p *Publisher) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	return nil
}
