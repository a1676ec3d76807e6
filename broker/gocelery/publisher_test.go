package gocelery_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"testing"

	lib "github.com/gocelery/gocelery"
	"github.com/gomodule/redigo/redis"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/gobeat/gobeat/broker/gocelery"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a broker of somebody else.
type fake struct {
	sent []lib.CeleryMessage
	fail error
}

func (f *fake) SendCeleryMessage(m *lib.CeleryMessage) error {
	if f.fail != nil {
		return f.fail
	}
	f.sent = append(f.sent, *m)
	return nil
}

func (f *fake) GetTaskMessage() (*lib.TaskMessage, error) { return nil, errors.New("is empty") }

func open(t testing.TB, b lib.CeleryBroker) *gocelery.Publisher {
	t.Helper()
	p, err := gocelery.New(b, "celery")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// refusal is a message with something that a broker may not carry.
type refusal struct {
	name, field string
	change      func(*message.Task, *message.Envelope)
	redis       bool // a broker of Redis carries it
}

func refusals() []refusal {
	option := func(x message.Extra) func(*message.Task, *message.Envelope) {
		return func(task *message.Task, _ *message.Envelope) { task.Options.Extra = &x }
	}
	seconds := 5.0
	return []refusal{
		{"protocol 2", "task_protocol", func(_ *message.Task, env *message.Envelope) {
			env.Body = []byte(`[[], {}, {"callbacks": null}]`)
		}, false},
		{"headers", "headers", func(task *message.Task, _ *message.Envelope) {
			task.Options.Headers = json.RawMessage(`{"color": "blue"}`)
		}, false},
		{"compression", "headers", option(message.Extra{Compression: "gzip"}), false},
		{"serializer", "serializer", func(_ *message.Task, env *message.Envelope) {
			env.ContentType = "application/x-msgpack"
		}, false},
		{"priority", "priority", func(task *message.Task, _ *message.Envelope) {
			task.Options.Priority = new(int)
			*task.Options.Priority = 3
		}, false},
		{"queue", "queue", func(task *message.Task, _ *message.Envelope) { task.Options.Queue = "mail" }, false},
		{"exchange", "exchange", func(task *message.Task, _ *message.Envelope) {
			task.Options.Exchange, task.Options.RoutingKey = "office", "celery"
		}, false},
		{"arguments of the queue", "queue_arguments", func(_ *message.Task, env *message.Envelope) {
			q := *env.Declare
			q.Arguments = []message.Header{{Key: "x-max-priority", Value: []byte("10")}}
			env.Declare = &q
		}, false},
		{"transient", "delivery_mode", option(message.Extra{DeliveryMode: message.Transient}), false},
		{"mandatory", "mandatory", option(message.Extra{Mandatory: true}), false},
		{"expiration", "expiration", option(message.Extra{Expiration: &seconds}), false},
		{"property", "options", option(message.Extra{Properties: []message.Header{{Key: "app_id", Value: []byte(`"x"`)}}}), false},
		{"link", "link", option(message.Extra{Link: json.RawMessage(`[{"task": "t"}]`)}), true},
		{"link_error", "link_error", option(message.Extra{LinkError: json.RawMessage(`[{"task": "t"}]`)}), true},
		{"group", "group_id", option(message.Extra{GroupID: "g"}), true},
		{"time limit", "time_limit", option(message.Extra{TimeLimit: "5"}), true},
		{"soft time limit", "time_limit", option(message.Extra{SoftTimeLimit: "5"}), true},
		{"expires without offset", "expires", option(message.Extra{ExpiresText: "2030-01-02T03:04:05"}), true},
		{"large number", "args", func(task *message.Task, _ *message.Envelope) {
			task.Args = json.RawMessage(`[9007199254740993]`)
		}, true},
		{"whole float", "kwargs", func(task *message.Task, _ *message.Envelope) {
			task.Kwargs = json.RawMessage(`{"x": [1.0]}`)
		}, true},
	}
}

// TestAccepts has a broker that reads and writes bodies, and one that leaves them alone.
func TestAccepts(t *testing.T) {
	t.Parallel()
	unchanged := open(t, lib.NewRedisBroker(&redis.Pool{}))
	changed := open(t, &fake{})
	plain := build(t, message.Task{Name: "proj.add", Args: json.RawMessage(`[1, 2.5]`), Kwargs: json.RawMessage(`{"a": "<é>"}`)})
	for _, p := range []*gocelery.Publisher{changed, unchanged} {
		if err := p.Accepts(&plain); err != nil {
			t.Errorf("a plain message: %v", err)
		}
	}
	for _, tt := range refusals() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			task := message.Task{Name: "proj.add"}
			tt.change(&task, &message.Envelope{Declare: plain.Declare})
			env := build(t, task)
			tt.change(&message.Task{}, &env)
			err := changed.Accepts(&env)
			if e, ok := errors.AsType[*gocelery.CarryError](err); !ok || e.Field != tt.field || e.Problem == "" {
				t.Errorf("got %v, want a CarryError about %s", err, tt.field)
			}
			if err := unchanged.Accepts(&env); (err == nil) != tt.redis {
				t.Errorf("broker of Redis: got %v, want accepted: %v", err, tt.redis)
			}
		})
	}
}

// batch returns three messages: a good one, one that cannot be carried, and one that is skipped.
func batch(t *testing.T) message.Batch {
	t.Helper()
	good := build(t, message.Task{Name: "proj.add", Args: json.RawMessage(`[1, 2]`)})
	bad := good
	bad.Priority = 7
	return message.Batch{ID: uuid.New(), Messages: []message.Envelope{good, bad, {}, good}, Skip: []bool{false, false, true, false}}
}

func states(out []message.Outcome) (all []message.State) {
	for _, o := range out {
		all = append(all, o.State)
	}
	return all
}

func TestPublish(t *testing.T) {
	t.Parallel()
	b := &fake{}
	p := open(t, b)
	if err := p.TakeOver(t.Context(), message.Fence{Epoch: 1}); err != nil {
		t.Fatal(err)
	}
	sent := batch(t)
	out, err := p.Publish(t.Context(), sent)
	if err != nil {
		t.Fatal(err)
	}
	want := []message.State{message.Confirmed, message.Refused, message.Refused, message.Confirmed}
	for i, got := range states(out) {
		if got != want[i] || got == message.Refused && out[i].Reason == "" {
			t.Errorf("message %d is %v (%s), want %v", i, got, out[i].Reason, want[i])
		}
	}
	if len(b.sent) != 2 {
		t.Fatalf("%d messages were sent, want 2", len(b.sent))
	}
	m := b.sent[0]
	if body, err := base64.StdEncoding.DecodeString(m.Body); err != nil || !bytes.Equal(body, sent.Messages[0].Body) {
		t.Errorf("body %s (%v)", body, err)
	}
	if m.Headers != nil || m.Properties.CorrelationID != id || m.Properties.DeliveryInfo.RoutingKey != "celery" ||
		m.Properties.DeliveryTag == b.sent[1].Properties.DeliveryTag || m.ContentType != "application/json" {
		t.Errorf("got %+v", m)
	}
	got, err := p.Lookup(t.Context(), sent.ID, 4)
	if err != nil || len(got) != 4 || got[0].State != message.Unknown {
		t.Errorf("got %v and %v, want that nothing is remembered", got, err)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	b := &fake{fail: errors.New("no connection")}
	p := open(t, b)
	out, err := p.Publish(t.Context(), batch(t))
	if !errors.Is(err, message.ErrUnavailable) || out[0].State != message.Unknown || out[3].State != message.Rejected {
		t.Errorf("got %v and %v, want that the first is unknown and the last not tried", out, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if out, err = p.Publish(ctx, batch(t)); !errors.Is(err, context.Canceled) || out[0].State != message.Rejected {
		t.Errorf("got %v and %v of a cancelled context", out, err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = p.Publish(t.Context(), batch(t))
	_, lookup := p.Lookup(t.Context(), uuid.New(), 1)
	for _, err := range []error{err, lookup, p.Check(t.Context()), p.TakeOver(t.Context(), message.Fence{})} {
		if !errors.Is(err, message.ErrClosed) {
			t.Errorf("got %v of a closed publisher, want ErrClosed", err)
		}
	}
	if _, err := gocelery.New(nil, "celery"); err == nil {
		t.Error("got no error without a broker")
	}
	if _, err := gocelery.New(&fake{}, ""); err == nil {
		t.Error("got no error without the name of a queue")
	}
}

// TestRealBrokers sends through the library's own brokers and receives through them.
func TestRealBrokers(t *testing.T) {
	t.Parallel()
	url := testenv.Redis(t)
	pool := &redis.Pool{Dial: func() (redis.Conn, error) { return redis.DialURL(url) }}
	t.Cleanup(func() { _ = pool.Close() })
	conn, channel := lib.NewAMQPConnection(testenv.RabbitMQ(t))
	t.Cleanup(func() { _ = conn.Close() })
	rabbit := &lib.AMQPCeleryBroker{Channel: channel, Connection: conn} // its constructor would begin to consume

	t.Run("redis", func(t *testing.T) {
		b := lib.NewRedisBroker(pool)
		b.QueueName = "mail"
		env := build(t, message.Task{Name: "proj.add", Options: message.Options{Queue: "mail", Extra: &message.Extra{TimeLimit: "5"}}})
		exchange(t, b, env, b.GetTaskMessage)
		bad := lib.NewRedisBroker(&redis.Pool{Dial: func() (redis.Conn, error) { return nil, errors.New("away") }})
		if err := open(t, bad).Check(t.Context()); !errors.Is(err, message.ErrUnavailable) {
			t.Errorf("got %v of a server that is away", err)
		}
	})
	t.Run("rabbitmq", func(t *testing.T) {
		env := build(t, message.Task{Name: "proj.add", Args: json.RawMessage(`[1]`)})
		if _, err := channel.QueueDeclare("celery", true, false, false, false, nil); err != nil {
			t.Fatal(err)
		}
		deliveries, err := channel.Consume("celery", "", true, false, false, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		exchange(t, rabbit, env, func() (*lib.TaskMessage, error) {
			d := <-deliveries
			return lib.DecodeTaskMessage(base64.StdEncoding.EncodeToString(d.Body))
		})
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		p := open(t, rabbit)
		if err := p.Check(t.Context()); !errors.Is(err, message.ErrUnavailable) {
			t.Errorf("got %v of a closed connection", err)
		}
		if _, err := p.Publish(t.Context(), message.Batch{Messages: []message.Envelope{env}}); !errors.Is(err, message.ErrUnavailable) {
			t.Errorf("got %v of a closed connection", err)
		}
	})
}

func exchange(t *testing.T, b lib.CeleryBroker, env message.Envelope, receive func() (*lib.TaskMessage, error)) {
	t.Helper()
	p := open(t, b)
	if err := p.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	out, err := p.Publish(t.Context(), message.Batch{ID: uuid.New(), Messages: []message.Envelope{env}})
	if err != nil || out[0].State != message.Confirmed {
		t.Fatalf("got %v and %v", out, err)
	}
	got, err := receive()
	if err != nil || got.ID != id || got.Task != "proj.add" {
		t.Errorf("received %+v, %v", got, err)
	}
}
