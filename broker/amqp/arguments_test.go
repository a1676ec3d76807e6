package amqp_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/testenv"
)

// vhost returns the name of the virtual host of a URL.
func vhost(t *testing.T, of string) string {
	t.Helper()
	u, err := url.Parse(of)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

func TestArgumentsArrive(t *testing.T) {
	t.Parallel()
	of := testenv.RabbitMQ(t)
	const want = `{"x-max-length": 100, "x-message-ttl": 3000000000, "x-overflow": "reject-publish", "x-ours": [1, "a", [],
		{"b": [true, 0.5]}], "x-theirs": {"a": {"b": -3000000000}}, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}`
	b := brokertest.Batch("q", 3)
	var arguments map[string]json.RawMessage
	if err := json.Unmarshal([]byte(want), &arguments); err != nil {
		t.Fatal(err)
	}
	for name, value := range arguments {
		b.Messages[0].Declare.Arguments = append(b.Messages[0].Declare.Arguments, message.Header{Key: name, Value: value})
	}
	out, err := open(t, of, amqp.Config{}).Publish(t.Context(), b)
	checkStates(t, out, err, confirmed)
	var queue struct{ Arguments json.RawMessage }
	if err := json.Unmarshal(api(t, http.MethodGet, nil, "queues", vhost(t, of), "q"), &queue); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decoded(t, []byte(want)), decoded(t, queue.Arguments)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestPriorityQueue wants that a queue with priorities hands out the highest first, unlike Redis.
func TestPriorityQueue(t *testing.T) {
	t.Parallel()
	of := testenv.RabbitMQ(t)
	b := brokertest.Batch("q", 10)
	for i := range b.Messages {
		b.Messages[i].Priority = i * 3 % 10
		b.Messages[i].Declare.Arguments = []message.Header{{Key: "x-max-priority", Value: json.RawMessage("10")}}
	}
	p := open(t, of, amqp.Config{})
	if err := p.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	out, err := p.Publish(t.Context(), b)
	checkStates(t, out, err, confirmed)
	ch := channel(t, of)
	for want := 9; want >= 0; want-- {
		d, ok, err := ch.Get("q", true)
		if err != nil || !ok || int(d.Priority) != want {
			t.Fatalf("got priority %d (%t, %v), want %d", d.Priority, ok, err, want)
		}
	}
}

// TestQuorumQueue declares one and publishes a batch to it as a leader.
func TestQuorumQueue(t *testing.T) {
	t.Parallel()
	of := testenv.RabbitMQ(t)
	b := brokertest.Batch("q", 200)
	for i := range b.Messages {
		b.Messages[i].Declare.Arguments = []message.Header{{Key: "x-queue-type", Value: json.RawMessage(`"quorum"`)}}
	}
	for epoch := range int64(2) { // the successor knows all of it
		p := open(t, of, amqp.Config{})
		if err := p.TakeOver(t.Context(), leader(epoch+1)); err != nil {
			t.Fatal(err)
		}
		out, err := p.Publish(t.Context(), b)
		checkStates(t, out, err, confirmed)
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var queue struct{ Type string }
	if err := json.Unmarshal(api(t, http.MethodGet, nil, "queues", vhost(t, of), "q"), &queue); err != nil || queue.Type != "quorum" {
		t.Errorf("got a queue of type %q and %v, want quorum", queue.Type, err)
	}
	ch := channel(t, of)
	for i := range b.Messages {
		d, ok, err := ch.Get("q", true)
		if err != nil || !ok || d.CorrelationId != b.Messages[i].CorrelationID {
			t.Fatalf("message %d: got %s (%t, %v), want %s", i, d.CorrelationId, ok, err, b.Messages[i].CorrelationID)
		}
	}
	if _, ok, err := ch.Get("q", true); ok || err != nil {
		t.Errorf("got another message (%v), want none twice", err)
	}
}
