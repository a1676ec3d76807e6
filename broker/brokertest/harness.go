package brokertest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/message"
)

// Publisher is the port beat.Publisher, repeated here because a broker does not import what uses it.
type Publisher interface {
	TakeOver(ctx context.Context, f message.Fence) error
	Publish(ctx context.Context, b message.Batch) ([]message.Outcome, error)
	Lookup(ctx context.Context, batch uuid.UUID, n int) ([]message.Outcome, error)
	Check(ctx context.Context) error
	Close() error
}

// Features says how a broker differs from the others.
type Features struct {
	Memory          bool          // batches are remembered by the broker, so that any publisher can look them up
	Guard           bool          // a takeover waits until the former leader's connection has ended
	MissingExchange message.State // outcome of a message to an exchange that nobody declared
}

// A Harness is one fresh broker as a test sees it. Functions that are nil mean that the broker has no such thing.
type Harness struct {
	Features Features
	// New returns another publisher to the broker. The suite closes it.
	New func(t testing.TB) Publisher
	// Take removes all messages from a queue and returns them in the order in which a worker gets them.
	Take func(t testing.TB, queue string) []Message
	// Bind declares a direct exchange and a queue that gets its messages with the key, as a worker would.
	Bind func(t testing.TB, exchange, key, queue string)
	// Spoil makes the broker refuse messages for a queue.
	Spoil func(t testing.TB, queue string)
	// Stop takes the broker away, Start brings it back, on the same address. Only RunOutage needs them.
	Stop, Start func(t testing.TB)
}

// Message is what arrived.
type Message struct {
	Body            []byte
	Headers         map[string]any // numbers as json.Number
	ContentType     string
	ContentEncoding string
	CorrelationID   string
	ReplyTo         string
	Expiration      string
	Priority        int
	DeliveryMode    int
}

// Envelope returns the n-th message for a queue, which it declares as Celery does.
func Envelope(queue string, n int) message.Envelope {
	id := uuid.NewSHA1(uuid.Nil, []byte(queue+strconv.Itoa(n))).String()
	quoted := func(s string) json.RawMessage { return json.RawMessage(strconv.Quote(s)) }
	null := json.RawMessage("null")
	body := fmt.Sprintf(`[[%d, "h\u00e9"], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]`, n)
	return message.Envelope{
		ID: id,
		Headers: []message.Header{
			{Key: "lang", Value: quoted("py")},
			{Key: "task", Value: quoted("proj.tasks.add")},
			{Key: "id", Value: quoted(id)},
			{Key: "shadow", Value: null},
			{Key: "eta", Value: null},
			{Key: "expires", Value: null},
			{Key: "group", Value: null},
			{Key: "group_index", Value: null},
			{Key: "retries", Value: json.RawMessage("0")},
			{Key: "timelimit", Value: json.RawMessage("[null, 2.5]")},
			{Key: "root_id", Value: quoted(id)},
			{Key: "parent_id", Value: null},
			{Key: "argsrepr", Value: quoted("[1]")},
			{Key: "kwargsrepr", Value: quoted("{}")},
			{Key: "origin", Value: quoted("gen1@host")},
			{Key: "ignore_result", Value: json.RawMessage("false")},
			{Key: "replaced_task_nesting", Value: json.RawMessage("0")},
			{Key: "stamped_headers", Value: null},
			{Key: "stamps", Value: json.RawMessage(`{"a": 3000000000}`)},
		},
		Body: []byte(body), ContentType: "application/json", ContentEncoding: "utf-8", CorrelationID: id,
		ReplyTo: "0c9e7b1e-0000-3aaa-8bbb-00000000beef", DeliveryMode: 2, RoutingKey: queue, ExchangeType: "direct",
		Declare: &message.Queue{Name: queue, Exchange: queue, ExchangeType: "direct", RoutingKey: queue, Durable: true},
	}
}

// Batch returns a new batch of n messages for a queue.
func Batch(queue string, n int) message.Batch {
	b := message.Batch{ID: uuid.New(), Messages: make([]message.Envelope, n)}
	for i := range b.Messages {
		b.Messages[i] = Envelope(queue, i)
	}
	return b
}

// Want returns what must arrive of an envelope.
func Want(env message.Envelope) Message {
	headers := map[string]any{}
	for _, h := range env.Headers {
		headers[h.Key] = decode(h.Value)
	}
	return Message{
		Body: env.Body, Headers: headers, ContentType: env.ContentType, ContentEncoding: env.ContentEncoding,
		CorrelationID: env.CorrelationID, ReplyTo: env.ReplyTo, Expiration: env.Expiration,
		Priority: env.Priority, DeliveryMode: int(env.DeliveryMode),
	}
}

func decode(text []byte) any {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return err
	}
	return v
}

// limit bounds everything that a test waits for.
const limit = time.Minute

func (h Harness) open(t testing.TB) Publisher {
	t.Helper()
	p := h.New(t)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return p
}

func deadline(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}
