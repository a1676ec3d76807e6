package brokertest

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/message"
)

// mustPublish publishes a batch of which each message must be confirmed.
func mustPublish(t *testing.T, p Publisher, b message.Batch) {
	t.Helper()
	out, err := p.Publish(deadline(t), b)
	if err != nil {
		t.Fatalf("publish: %v", err)
	}
	checkOutcomes(t, out, slices.Repeat([]message.State{message.Confirmed}, len(b.Messages)))
}

func checkOutcomes(t *testing.T, got []message.Outcome, want []message.State) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d outcomes, want %d", len(got), len(want))
	}
	for i, o := range got {
		if o.State != want[i] {
			t.Fatalf("message %d: got %v (%s), want %v", i, o.State, o.Reason, want[i])
		}
		if final := o.State == message.Returned || o.State == message.Refused; final && o.Reason == "" {
			t.Errorf("message %d: got %v without a reason", i, o.State)
		}
	}
}

// checkArrived compares what is in a queue with the bodies of envelopes, in order.
func checkArrived(t *testing.T, h Harness, queue string, want ...message.Envelope) {
	t.Helper()
	got := h.Take(t, queue)
	if len(got) != len(want) {
		t.Fatalf("queue %s: got %d messages, want %d", queue, len(got), len(want))
	}
	for i := range got {
		if !bytes.Equal(got[i].Body, want[i].Body) {
			t.Fatalf("queue %s, message %d: got %s, want %s", queue, i, got[i].Body, want[i].Body)
		}
	}
}

func testArrives(t *testing.T, h Harness) {
	p := h.open(t)
	plain := Envelope("q", 1)
	full := Envelope("q", 2)
	full.Expiration, full.DeliveryMode = "60000", 1
	full.Body = []byte{0, 255, '"', '\n'} // a compressed body is not text
	full.ContentType, full.ContentEncoding = "application/x-msgpack", "binary"
	full.Headers = append(full.Headers, message.Header{Key: "x-ünicode", Value: []byte(`["a", true, null, -1, {"b": 1e3}]`)})
	b := message.Batch{ID: uuid.New(), Messages: []message.Envelope{plain, full}}
	mustPublish(t, p, b)
	same := cmp.Comparer(func(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) })
	got := h.Take(t, "q")
	if len(got) != 2 {
		t.Fatalf("got %d messages, want 2", len(got))
	}
	for i, env := range b.Messages {
		want := Want(env)
		if diff := cmp.Diff(want.Headers, got[i].Headers, cmp.FilterValues(scalars, same)); diff != "" {
			t.Errorf("headers of message %d (-want +got)\n%s", i, diff)
		}
		want.Headers, got[i].Headers = nil, nil
		if diff := cmp.Diff(want, got[i]); diff != "" {
			t.Errorf("message %d (-want +got)\n%s", i, diff)
		}
	}
}

// scalars tells whether two values are plain, whose type depends on how a broker carries numbers.
func scalars(a, b any) bool {
	for _, v := range []any{a, b} {
		switch v.(type) {
		case map[string]any, []any, nil, string, bool:
			return false
		}
	}
	return true
}

func testOrder(t *testing.T, h Harness) {
	p := h.open(t)
	first, second := Batch("q", 300), Batch("q", 3)
	mustPublish(t, p, first)
	mustPublish(t, p, second)
	checkArrived(t, h, "q", append(first.Messages, second.Messages...)...)
}

func testPriorities(t *testing.T, h Harness) {
	p := h.open(t)
	b := Batch("q", 10)
	for i := range b.Messages {
		b.Messages[i].Priority = i
	}
	mustPublish(t, p, b)
	seen := map[int]string{}
	for _, m := range h.Take(t, "q") {
		seen[m.Priority] += string(m.Body)
	}
	for i, env := range b.Messages {
		if got, want := seen[i], string(env.Body); got != want {
			t.Errorf("priority %d: got %q, want %q", i, got, want)
		}
	}
}

func testExchange(t *testing.T, h Harness) {
	h.Bind(t, "orders", "new", "taken")
	p := h.open(t)
	env := Envelope("celery", 1) // declares its queue and goes elsewhere, as in Celery
	env.Exchange, env.RoutingKey = "orders", "new"
	b := message.Batch{ID: uuid.New(), Messages: []message.Envelope{env, Envelope("named", 2)}}
	mustPublish(t, p, b)
	checkArrived(t, h, "taken", env)
	checkArrived(t, h, "named", b.Messages[1])
	checkArrived(t, h, "celery")
}

func testUnroutable(t *testing.T, h Harness) {
	h.Bind(t, "orders", "new", "taken")
	p := h.open(t)
	b := Batch("q", 5)
	for _, i := range []int{1, 3} {
		b.Messages[i].Exchange, b.Messages[i].RoutingKey = "orders", "nobody"
		b.Messages[i].CorrelationID = "same" // a returned message must be told from others with equal properties
	}
	b.Messages[2].CorrelationID = "same"
	out, err := p.Publish(deadline(t), b)
	if err != nil {
		t.Fatal(err)
	}
	ok, lost := message.Confirmed, message.Returned
	checkOutcomes(t, out, []message.State{ok, lost, ok, lost, ok})
	checkArrived(t, h, "q", b.Messages[0], b.Messages[2], b.Messages[4])
	checkArrived(t, h, "taken")
}

// testSkipped also takes an envelope that was never built, as a caller leaves it that could not render a message.
func testSkipped(t *testing.T, h Harness) {
	p := h.open(t)
	b := Batch("q", 5)
	b.Messages[3] = message.Envelope{}
	b.Skip = []bool{true, false, false, true, false}
	for range 2 {
		out, err := p.Publish(deadline(t), b)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range []int{1, 2, 4} {
			if out[i].State != message.Confirmed {
				t.Errorf("message %d is %v, want it confirmed", i, out[i])
			}
		}
	}
	checkArrived(t, h, "q", b.Messages[1], b.Messages[2], b.Messages[4])
}

func testMissingExchange(t *testing.T, h Harness) {
	p := h.open(t)
	b := Batch("q", 20)
	want := slices.Repeat([]message.State{message.Confirmed}, len(b.Messages))
	var rest []message.Envelope
	for i := range b.Messages {
		if i%3 == 0 {
			b.Messages[i].Exchange, b.Messages[i].RoutingKey = "no.such", "k"
			want[i] = h.Features.MissingExchange
			continue
		}
		rest = append(rest, b.Messages[i])
	}
	for range 2 { // the connection must be as good as before
		b.ID = uuid.New()
		out, err := p.Publish(deadline(t), b)
		if err != nil {
			t.Fatal(err)
		}
		checkOutcomes(t, out, want)
		checkArrived(t, h, "q", rest...)
	}
}

func testSpoiled(t *testing.T, h Harness) {
	if h.Spoil == nil {
		t.Skip("nothing can spoil a queue of this broker")
	}
	h.Spoil(t, "bad")
	p := h.open(t)
	b := Batch("good", 600)
	want := slices.Repeat([]message.State{message.Confirmed}, len(b.Messages))
	var rest []message.Envelope
	for i := range b.Messages {
		if i%5 == 0 {
			b.Messages[i] = Envelope("bad", i)
			want[i] = message.Refused
			continue
		}
		rest = append(rest, b.Messages[i])
	}
	for range 2 { // the second time from memory, where there is one
		out, err := p.Publish(deadline(t), b)
		if err != nil {
			t.Fatal(err)
		}
		checkOutcomes(t, out, want)
	}
	checkArrived(t, h, "good", rest...)
}

func testEmpty(t *testing.T, h Harness) {
	out, err := h.open(t).Publish(deadline(t), message.Batch{ID: uuid.New()})
	if err != nil || len(out) != 0 {
		t.Errorf("got %v and %v, want nothing", out, err)
	}
}

func testBatch(t *testing.T, h Harness, n int) {
	p := h.open(t)
	b := Batch("q", n)
	mustPublish(t, p, b)
	checkArrived(t, h, "q", b.Messages...)
}

func testLarge(t *testing.T, h Harness) {
	p := h.open(t)
	b := Batch("q", 3)
	b.Messages[1].Body = bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // more than a frame, and than a buffer
	mustPublish(t, p, b)
	checkArrived(t, h, "q", b.Messages...)
}

func testConcurrent(t *testing.T, h Harness) {
	p := h.open(t)
	const publishers, batches, size = 4, 5, 100
	var all sync.WaitGroup
	for n := range publishers {
		all.Go(func() {
			for range batches {
				out, err := p.Publish(deadline(t), Batch("q"+strconv.Itoa(n), size))
				if err != nil {
					t.Errorf("publish: %v", err)
				}
				for i, o := range out {
					if o.State != message.Confirmed {
						t.Errorf("message %d: got %v (%s)", i, o.State, o.Reason)
					}
				}
			}
		})
	}
	all.Wait()
	for n := range publishers {
		if got := len(h.Take(t, "q"+strconv.Itoa(n))); got != batches*size {
			t.Errorf("queue %d: got %d messages, want %d", n, got, batches*size)
		}
	}
}
