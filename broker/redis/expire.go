package redis

import (
	_ "embed"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/gobeat/gobeat/broker/message"
)

//go:embed bind.lua
var bindSource string

// Bindings of queues that expire outlive their queue this many times, and by an hour at least, so that a worker which is
// busy for long keeps them (kombu 5.7).
const (
	bindingFactor   = 2
	leastBindingTTL = time.Hour
)

// maxExpiry bounds x-expires; RabbitMQ and Redis take no more than this many milliseconds, or not much.
const maxExpiry = 1<<32 - 1

// expiry returns the argument x-expires of a queue: kombu has Redis delete its keys after that time without a message. 0
// when there is none, or none that makes sense.
func expiry(q *message.Queue) time.Duration {
	for _, a := range q.Arguments {
		if a.Key == "x-expires" {
			return milliseconds(a.Value)
		}
	}
	return 0
}

// milliseconds reads a number, or a text that holds one, as Python's int() does.
func milliseconds(value json.RawMessage) time.Duration {
	text := strings.TrimSpace(strings.Trim(string(value), `"`))
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !(f >= 1) || f > maxExpiry {
		return 0
	}
	return time.Duration(f) * time.Millisecond
}

// bindingTTL returns after what time a binding that nobody renews may be swept.
func bindingTTL(expiry time.Duration) time.Duration {
	return max(bindingFactor*expiry, leastBindingTTL)
}
