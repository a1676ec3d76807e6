package redis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gobeat/gobeat/broker/message"
)

// reserved are beginnings of keys that are no queues.
func reserved(queue string) bool {
	return strings.HasPrefix(queue, "_beat.") || strings.HasPrefix(queue, "_kombu.")
}

// stepKey returns the list of a queue for a step.
func (c Config) stepKey(queue string, step int) string {
	if step == 0 {
		return c.KeyPrefix + queue
	}
	return c.KeyPrefix + queue + c.Sep + strconv.Itoa(step)
}

// queueKey returns the list of a queue for a priority. As in kombu the largest step that is not above the priority
// counts, the last one when all are above it, and priorities are clamped to 0..9 here only.
func (c Config) queueKey(queue string, priority int) string {
	priority = min(max(priority, 0), 9)
	i, found := slices.BinarySearch(c.PrioritySteps, priority)
	if !found {
		i--
	}
	if i < 0 {
		i = len(c.PrioritySteps) - 1
	}
	return c.stepKey(queue, c.PrioritySteps[i])
}

// bindingKey returns the set with the bindings of an exchange.
func (c Config) bindingKey(exchange string) string { return c.KeyPrefix + "_kombu.binding." + exchange }

// permanentKey returns the set of those bindings whose queues do not expire.
func (c Config) permanentKey(exchange string) string {
	return c.KeyPrefix + "_kombu.binding_permanent." + exchange
}

// deadlinesKey returns the sorted set of exchanges by the time when their bindings may go.
func (c Config) deadlinesKey() string { return c.KeyPrefix + "_kombu.binding_deadlines" }

// bindingMember returns a queue's own member of that set.
func (c Config) bindingMember(q *message.Queue) string {
	pattern := ""
	if q.ExchangeType == "topic" {
		pattern = topicPattern(q.RoutingKey)
	}
	return q.RoutingKey + c.Sep + pattern + c.Sep + q.Name
}

// channel returns the pub/sub channel of a fanout exchange.
func (c Config) channel(exchange, routingKey string) string {
	name := c.KeyPrefix + c.FanoutPrefix + exchange
	if routingKey == "" || c.NoFanoutPatterns {
		return name
	}
	return name + "/" + routingKey
}

// stateKeys are the keys of one line of leaders.
type stateKeys struct{ state, batches, ring string }

func (c Config) stateKeys(f message.Fence) stateKeys {
	base := c.KeyPrefix + "_beat.manual"
	if f != (message.Fence{}) {
		base = fmt.Sprintf("%s_beat.%s.%d", c.KeyPrefix, f.Deployment, f.Shard)
	}
	return stateKeys{state: base + ".state", batches: base + ".batches", ring: base + ".ring"}
}
