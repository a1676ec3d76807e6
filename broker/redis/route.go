package redis

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gobeat/gobeat/broker/message"
)

// A target is where one copy of a message goes: a list, or a channel.
type target struct {
	queue   string // name without prefix and priority
	channel string // for fanout exchanges; then queue is empty
}

// A table is what is known of the exchanges that a batch needs.
type table struct {
	types   map[string]string     // exchange -> type, as this process declared it
	members map[string][][]string // exchange -> members of its set as key, pattern, queue
}

// typeOf returns the type of an exchange. Like kombu it counts as direct unless this process declared it.
func (t table) typeOf(env *message.Envelope) string {
	if q := env.Declare; q != nil && q.Exchange == env.Exchange && q.ExchangeType != "" {
		return q.ExchangeType
	}
	if kind := t.types[env.Exchange]; kind != "" {
		return kind
	}
	return "direct"
}

// resolve returns where a message goes, sorted. Nothing found is not an error but an empty answer.
func (c Config) resolve(env *message.Envelope, t table) []target {
	if env.Exchange == "" {
		if env.RoutingKey == "" {
			return c.deadLetter()
		}
		return []target{{queue: env.RoutingKey}}
	}
	kind := t.typeOf(env)
	if kind == "fanout" {
		return []target{{channel: c.channel(env.Exchange, env.RoutingKey)}}
	}
	queues := map[string]bool{}
	for _, m := range t.members[env.Exchange] {
		if kind == "topic" && matches(m[1], env.RoutingKey) || kind != "topic" && m[0] == env.RoutingKey {
			queues[m[2]] = true
		}
	}
	if len(queues) == 0 && kind != "topic" {
		return c.deadLetter()
	}
	var out []target
	for _, queue := range slices.Sorted(maps.Keys(queues)) {
		out = append(out, target{queue: queue})
	}
	return out
}

func (c Config) deadLetter() []target {
	if c.DeadLetterQueue == "" {
		return nil
	}
	return []target{{queue: c.DeadLetterQueue}}
}

func matches(pattern, routingKey string) bool {
	re, err := compileTopic(pattern)
	return err == nil && re.MatchString(routingKey)
}

// split takes the members of a binding set apart; what is no binding is left out.
func (c Config) split(members []string) [][]string {
	var out [][]string
	for _, m := range members {
		if parts := strings.Split(m, c.Sep); len(parts) == 3 && parts[2] != "" {
			out = append(out, parts)
		}
	}
	return out
}

// unroutable is the outcome of a message without a target.
func unroutable(env *message.Envelope) message.Outcome {
	reason := fmt.Sprintf("no queue is bound to exchange %q with routing key %q", env.Exchange, env.RoutingKey)
	if env.Exchange == "" {
		reason = "neither queue nor exchange is given"
	}
	return message.Outcome{State: message.Returned, Reason: reason}
}
