package membroker

import (
	"context"
	"fmt"
	"slices"

	"github.com/gobeat/gobeat/broker/message"
)

// Announce keeps an event for Announced. While the broker is away it is lost.
func (p *Publisher) Announce(ctx context.Context, event message.Envelope) error {
	if _, err := p.ready(ctx); err != nil {
		return fmt.Errorf("announce: %w", err)
	}
	b := p.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return fmt.Errorf("announce: %w", message.ErrUnavailable)
	}
	b.announced = append(b.announced, event)
	return nil
}

// Announced returns the events that publishers announced, the oldest first.
func (b *Broker) Announced() []message.Envelope {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.announced)
}
