package redis

import (
	"context"
	"fmt"

	goredis "github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/broker/message"
)

// Announce publishes an event for monitors, as kombu does to its fanout exchange of events: to a channel, so that it is
// gone when nobody listens. No fence is asked.
func (p *Publisher) Announce(ctx context.Context, event message.Envelope) error {
	if _, err := p.ready(); err != nil {
		return fmt.Errorf("announce: %w", err)
	}
	err := p.with(func(c goredis.UniversalClient) error {
		return c.Publish(ctx, p.config.eventChannel(&event), p.config.eventText(&event)).Err()
	})
	if err != nil {
		return fmt.Errorf("announce: %w", p.unavailable(err))
	}
	return nil
}
