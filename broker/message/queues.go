package message

import (
	"encoding/json"
	"slices"
	"strconv"
)

const (
	direct  = "direct"
	topic   = "topic"
	fanout  = "fanout"
	classic = "classic"
	quorum  = "quorum"

	argType        = "x-queue-type"
	argMaxPriority = "x-max-priority"
)

// QueueDef is one queue of the setting task_queues. An empty exchange or routing key means the default one.
type QueueDef struct {
	Queue
	Alias        string // another name that tasks may use for it
	DeliveryMode uint8  // of messages to its exchange; 0: the default
	NoDeclare    bool   // do not declare it, because it exists; so with every Broadcast queue
}

// queueTable knows the queues of the settings and makes those that are missing. It is safe for concurrent use.
type queueTable struct {
	settings *Settings
	byName   map[string]*QueueDef
	quorum   bool // one of them is a quorum queue
}

func newQueueTable(s *Settings) *queueTable {
	t := &queueTable{settings: s, byName: make(map[string]*QueueDef)}
	if len(s.Queues) == 0 {
		t.add(QueueDef{Queue: Queue{
			Name: s.DefaultQueue, Exchange: s.DefaultExchange, ExchangeType: s.DefaultExchangeType,
			RoutingKey: s.DefaultRoutingKey, Durable: true, Arguments: typeArgument(s.DefaultQueueType),
		}})
	}
	for _, q := range s.Queues {
		t.add(q)
	}
	return t
}

func (t *queueTable) add(q QueueDef) {
	if q.Exchange == "" {
		q.Exchange, q.ExchangeType = t.settings.DefaultExchange, t.settings.DefaultExchangeType
	}
	q.ExchangeType = firstOf(q.ExchangeType, direct)
	q.RoutingKey = firstOf(q.RoutingKey, t.settings.DefaultRoutingKey)
	q.Arguments = t.withPriority(q.Arguments)
	t.quorum = t.quorum || isQuorum(&q.Queue)
	t.byName[q.Name] = &q
	if q.Alias != "" {
		t.byName[q.Alias] = &q
	}
}

// withPriority adds the maximum priority of the settings to arguments that have none.
func (t *queueTable) withPriority(args []Header) []Header {
	if t.settings.QueueMaxPriority == 0 {
		return args
	}
	for _, a := range args {
		if a.Key == argMaxPriority {
			return args
		}
	}
	value := json.RawMessage(strconv.Itoa(t.settings.QueueMaxPriority))
	return append(slices.Clip(args), Header{Key: argMaxPriority, Value: value})
}

// get returns the queue of that name. One that is missing is bound to an exchange of its own name.
func (t *queueTable) get(name string) (*QueueDef, error) {
	if q, ok := t.byName[name]; ok {
		return q, nil
	}
	if t.settings.RefuseMissingQueues {
		return nil, &OptionError{Field: "queue", Value: name, Problem: "is missing from task_queues"}
	}
	return &QueueDef{Queue: Queue{
		Name: name, Exchange: name, ExchangeType: t.settings.MissingQueueExchangeType, RoutingKey: name, Durable: true,
		Arguments: t.withPriority(typeArgument(t.settings.MissingQueueType)),
	}}, nil
}

// typeArgument says what a queue type adds to the arguments; RabbitMQ's default is not written.
func typeArgument(kind string) []Header {
	if kind != quorum {
		return nil
	}
	return []Header{{Key: argType, Value: json.RawMessage(`"quorum"`)}}
}

func isQuorum(q *Queue) bool {
	for _, a := range q.Arguments {
		if a.Key == argType && string(a.Value) == `"quorum"` {
			return true
		}
	}
	return false
}
