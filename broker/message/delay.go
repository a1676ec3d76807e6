package message

import (
	"time"
)

// Celery's exchanges for delayed delivery: each of 28 levels holds a message for its power of two in seconds.
const (
	delayLevels   = 28
	delayExchange = "celery_delayed_27"
)

// delay sends a message with an eta through RabbitMQ's delay exchanges, as Celery does when there are quorum queues.
// With a direct exchange it cannot, and the worker keeps the task until it is time.
func (b *Builder) delay(t *target, x *Extra, now time.Time) {
	if !b.settings.NativeDelay || x.Countdown == 0 && x.ETA == "" || t.queue == nil {
		return
	}
	if !b.queues.quorum && !isQuorum(&t.queue.Queue) || t.queue.ExchangeType == direct {
		return
	}
	seconds := int64(x.Countdown)
	if x.ETA != "" {
		eta, ok := parseISO(x.ETA)
		if !ok {
			return
		}
		seconds = int64(secondsBetween(now, eta))
	}
	if seconds <= 0 || seconds >= 1<<delayLevels {
		return
	}
	key := make([]byte, 0, 2*delayLevels+len(t.queue.RoutingKey))
	for level := delayLevels - 1; level >= 0; level-- {
		key = append(key, '0'+byte(seconds>>level&1), '.')
	}
	t.exchange, t.exchangeType = delayExchange, topic
	t.routingKey = string(append(key, t.queue.RoutingKey...))
	t.queue = nil // nothing is declared
}
