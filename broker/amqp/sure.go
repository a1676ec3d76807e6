package amqp

import "github.com/gobeat/gobeat/broker/message"

// takesAll tells whether a message that is routed to a queue is in it for good as soon as the broker has processed it. A
// quorum queue has to ask others first, and some queues reject what they have no room for.
func takesAll(q *message.Queue) bool {
	for _, a := range q.Arguments {
		switch value := string(a.Value); a.Key {
		case "x-queue-type":
			if value != `"classic"` {
				return false
			}
		case "x-overflow":
			if value != `"drop-head"` {
				return false
			}
		}
	}
	return !expires(q)
}

// surely tells whether a message is in its queue when a later one on the same channel has been processed.
func (l *link) surely(env *message.Envelope) bool { return toItsQueue(env) && l.sure[env.Declare.Name] }

// toItsQueue tells whether a message goes to the queue that it declares, as far as nobody else deletes that or its
// binding.
func toItsQueue(env *message.Envelope) bool {
	q := env.Declare
	if q == nil {
		return false
	}
	if env.Exchange == "" {
		return env.RoutingKey == q.Name
	}
	return env.Exchange == q.Exchange && env.RoutingKey == q.RoutingKey
}

// revive lets messages be sent again that came back although their queue was declared: somebody has deleted it since.
// Celery would lose whatever it sends until it connects again.
func (p *Publisher) revive(f *flight, messages []message.Envelope) (again bool) {
	for i, o := range f.outcomes(false) {
		if o.State == message.Returned && toItsQueue(&messages[i]) {
			p.vanished.add(messages[i].Declare.Name)
			f.reopen(i)
			again = true
		}
	}
	return again
}
