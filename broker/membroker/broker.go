package membroker

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/message"
)

// A Broker is what Publishers publish to. Its methods are safe for concurrent use. Create it with New.
type Broker struct {
	mu       sync.Mutex
	queues   map[string][]stored
	bindings map[binding]map[string]bool // exchange and key -> names of queues
	batches  map[uuid.UUID]*batch
	order    []uuid.UUID     // of batches, the oldest first
	lapses   []chan struct{} // of publishers
	epochs   map[leader]message.Fence
	total    int
	arrived  chan struct{} // closed and replaced when messages arrive

	announced []message.Envelope

	down   bool
	forget bool
	lose   int
	decide func(message.Envelope) message.Outcome
}

// stored is a message in a queue.
type stored struct {
	message.Envelope
	batch uuid.UUID
}

func envelopes(list []stored) []message.Envelope {
	out := make([]message.Envelope, len(list))
	for i, m := range list {
		out[i] = m.Envelope
	}
	return out
}

// batch is what a broker remembers of one.
type batch struct {
	leader   leader // that published it
	outcomes []message.Outcome
}

// remembered is how many batches a broker knows the outcomes of.
const remembered = 10_000

type binding struct{ exchange, key string }

type leader struct {
	deployment string
	shard      int
}

// New returns an empty broker.
func New() *Broker {
	return &Broker{
		queues:   map[string][]stored{},
		bindings: map[binding]map[string]bool{},
		batches:  map[uuid.UUID]*batch{},
		epochs:   map[leader]message.Fence{},
		arrived:  make(chan struct{}),
	}
}

// Publisher returns a new publisher to the broker.
func (b *Broker) Publisher() *Publisher {
	b.mu.Lock()
	defer b.mu.Unlock()
	lapses := make(chan struct{}, 1)
	b.lapses = append(b.lapses, lapses)
	return &Publisher{broker: b, lapses: lapses}
}

// Bind lets messages of an exchange with a routing key reach a queue, as a worker's declaration does.
func (b *Broker) Bind(exchange, key, queue string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bind(exchange, key, queue)
}

func (b *Broker) bind(exchange, key, queue string) {
	at := binding{exchange, key}
	if b.bindings[at] == nil {
		b.bindings[at] = map[string]bool{}
	}
	b.bindings[at][queue] = true
}

// Messages returns what is in a queue, the oldest first.
func (b *Broker) Messages(queue string) []message.Envelope {
	b.mu.Lock()
	defer b.mu.Unlock()
	return envelopes(b.queues[queue])
}

// Take removes what is in a queue and returns it, the oldest first.
func (b *Broker) Take(queue string) []message.Envelope {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.queues[queue]
	delete(b.queues, queue)
	return envelopes(out)
}

// Len returns how many messages ever arrived in queues.
func (b *Broker) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.total
}

// Wait blocks until n messages have arrived since the broker was made. The error is that of the context.
func (b *Broker) Wait(ctx context.Context, n int) error {
	for {
		b.mu.Lock()
		total, arrived := b.total, b.arrived
		b.mu.Unlock()
		if total >= n {
			return nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return fmt.Errorf("wait for %d messages, %d arrived: %w", n, total, context.Cause(ctx))
		}
	}
}

// Fail sets a function that is asked about each message before it is delivered: the zero Outcome delivers it, any other
// becomes the outcome of the message, which is then not delivered. It must not call the broker. Nil delivers all.
func (b *Broker) Fail(decide func(message.Envelope) message.Outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.decide = decide
}

// SetDown makes the broker unavailable, or available again.
func (b *Broker) SetDown(down bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = down
}

// Forget makes the broker one without a memory of batches, as RabbitMQ is between two markers: it does not recognise
// a batch that is published again.
func (b *Broker) Forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget = true
}

// LoseAnswers lets the next n batches take effect while their publishers are told that the broker is unavailable.
func (b *Broker) LoseAnswers(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lose = n
}

// Batches returns which batches the broker remembers, the oldest first.
func (b *Broker) Batches() []uuid.UUID {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.order)
}

// Lose makes the broker lose the newest n batches that it took, as a server that crashes before it has written them
// down: the messages, the memory of them, and the fences, so that nobody leads until it takes over anew. It tells all
// publishers and returns the messages.
func (b *Broker) Lose(n int) []message.Envelope {
	b.mu.Lock()
	defer b.mu.Unlock()
	n = min(n, len(b.order))
	gone := map[uuid.UUID]bool{}
	for _, id := range b.order[len(b.order)-n:] {
		gone[id] = true
		delete(b.batches, id)
	}
	b.order = b.order[:len(b.order)-n]
	var lost []message.Envelope
	for queue, list := range b.queues {
		kept := list[:0:0]
		for _, m := range list {
			if gone[m.batch] {
				lost = append(lost, m.Envelope)
			} else {
				kept = append(kept, m)
			}
		}
		b.queues[queue] = kept
	}
	clear(b.epochs)
	for _, lapses := range b.lapses {
		select {
		case lapses <- struct{}{}:
		default:
		}
	}
	return lost
}

// remember keeps the outcomes of a batch. The caller holds the mutex.
func (b *Broker) remember(id uuid.UUID, by leader, out []message.Outcome) {
	if b.forget {
		return
	}
	if _, known := b.batches[id]; !known {
		b.order = append(b.order, id)
	}
	b.batches[id] = &batch{leader: by, outcomes: slices.Clone(out)}
	if len(b.order) > remembered {
		delete(b.batches, b.order[0])
		b.order = b.order[1:]
	}
}

// known returns what a leader of some line has been told of a batch; nil: nothing. The caller holds the mutex.
func (b *Broker) known(id uuid.UUID, by leader) []message.Outcome {
	if known := b.batches[id]; known != nil && known.leader == by {
		return known.outcomes
	}
	return nil
}

// deliver puts a message into the queues it is routed to. The caller holds the mutex.
func (b *Broker) deliver(env message.Envelope, of uuid.UUID) message.Outcome {
	if b.decide != nil {
		if out := b.decide(env); out != (message.Outcome{}) {
			return out
		}
	}
	if q := env.Declare; q != nil {
		if q.Exchange != "" {
			b.bind(q.Exchange, q.RoutingKey, q.Name)
		}
	}
	targets := []string{env.RoutingKey}
	if env.Exchange != "" {
		targets = slices.Sorted(maps.Keys(b.bindings[binding{env.Exchange, env.RoutingKey}]))
	}
	if len(targets) == 0 {
		reason := fmt.Sprintf("no queue is bound to exchange %q with key %q", env.Exchange, env.RoutingKey)
		return message.Outcome{State: message.Returned, Reason: reason}
	}
	for _, queue := range targets {
		b.queues[queue] = append(b.queues[queue], stored{Envelope: env, batch: of})
		b.total++
	}
	return message.Outcome{State: message.Confirmed}
}
