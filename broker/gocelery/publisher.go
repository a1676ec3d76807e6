package gocelery

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"

	lib "github.com/gocelery/gocelery"
	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/message"
)

// A Publisher sends through a broker that its caller owns. Its methods are safe for concurrent use; messages go one at a
// time. Create it with New.
type Publisher struct {
	broker lib.CeleryBroker
	queue  string
	asIs   bool // the broker sends bodies unchanged

	sending sync.Mutex // the library says nothing of concurrent use

	mu     sync.Mutex
	closed bool
}

// New returns a publisher to the queue of a broker. The name only counts for brokers that are not the library's own:
// those of Redis know theirs, and that of RabbitMQ sends to "celery" whatever it is told. The broker stays open when
// the publisher is closed.
func New(broker lib.CeleryBroker, queue string) (*Publisher, error) {
	p := &Publisher{broker: broker, queue: queue}
	switch b := broker.(type) {
	case nil:
		return nil, errors.New("gocelery: no broker")
	case *lib.RedisCeleryBroker:
		p.queue, p.asIs = b.QueueName, true
	case *lib.AMQPCeleryBroker:
		p.queue = "celery"
	}
	if p.queue == "" {
		return nil, errors.New("gocelery: no name of a queue")
	}
	return p, nil
}

// ready returns why nothing can be done, or nil.
func (p *Publisher) ready(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return message.ErrClosed
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// TakeOver does nothing: a broker of gocelery shuts nobody out.
func (p *Publisher) TakeOver(ctx context.Context, _ message.Fence) error {
	if err := p.ready(ctx); err != nil {
		return fmt.Errorf("take over: %w", err)
	}
	return nil
}

// Publish sends the messages of a batch one by one. The first failure of the broker ends it; whether that message was
// sent is unknown.
func (p *Publisher) Publish(ctx context.Context, b message.Batch) ([]message.Outcome, error) {
	out := make([]message.Outcome, len(b.Messages))
	p.sending.Lock()
	defer p.sending.Unlock()
	for i := range b.Messages {
		if b.Skipped(i) {
			out[i] = message.SkippedOutcome()
			continue
		}
		if err := p.ready(ctx); err != nil {
			notTried(out[i:])
			return out, fmt.Errorf("publish: %w", err)
		}
		env := &b.Messages[i]
		if err := p.Accepts(env); err != nil {
			out[i] = message.Outcome{State: message.Refused, Reason: err.Error()}
			continue
		}
		if err := p.broker.SendCeleryMessage(p.celeryMessage(env)); err != nil {
			notTried(out[i+1:])
			return out, fmt.Errorf("publish: %w: %w", message.ErrUnavailable, err)
		}
		out[i] = message.Outcome{State: message.Confirmed}
	}
	return out, nil
}

func notTried(out []message.Outcome) {
	for i := range out {
		out[i] = message.Outcome{State: message.Rejected, Reason: "not tried after an earlier message failed"}
	}
}

// celeryMessage returns a message in the form of the library, which is that of kombu on Redis.
func (p *Publisher) celeryMessage(env *message.Envelope) *lib.CeleryMessage {
	return &lib.CeleryMessage{
		Body:            base64.StdEncoding.EncodeToString(env.Body),
		ContentType:     env.ContentType,
		ContentEncoding: env.ContentEncoding,
		Properties: lib.CeleryProperties{
			BodyEncoding: "base64", CorrelationID: env.CorrelationID, ReplyTo: env.ReplyTo,
			DeliveryInfo: lib.CeleryDeliveryInfo{RoutingKey: p.queue},
			DeliveryMode: int(env.DeliveryMode), DeliveryTag: uuid.NewString(),
		},
	}
}

// Lookup knows nothing of any batch.
func (p *Publisher) Lookup(ctx context.Context, _ uuid.UUID, n int) ([]message.Outcome, error) {
	out := make([]message.Outcome, n)
	if err := p.ready(ctx); err != nil {
		return out, fmt.Errorf("look up batch: %w", err)
	}
	return out, nil
}

// Check asks a broker of Redis and looks whether the connection of one of RabbitMQ is there. Of other brokers it knows
// nothing.
func (p *Publisher) Check(ctx context.Context) error {
	if err := p.ready(ctx); err != nil {
		return fmt.Errorf("check broker: %w", err)
	}
	switch b := p.broker.(type) {
	case *lib.RedisCeleryBroker:
		conn := b.Get()
		defer conn.Close()
		if _, err := conn.Do("PING"); err != nil {
			return fmt.Errorf("check broker: %w: %w", message.ErrUnavailable, err)
		}
	case *lib.AMQPCeleryBroker:
		if b.Connection.IsClosed() {
			return fmt.Errorf("check broker: %w: the connection is closed, and the library makes no other", message.ErrUnavailable)
		}
	}
	return nil
}

// Close makes later calls return message.ErrClosed. It leaves the broker open and is idempotent.
func (p *Publisher) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	return nil
}
