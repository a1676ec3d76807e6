package amqp_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/uuid"
	amqp091 "github.com/rabbitmq/amqp091-go"
	"pgregory.net/rapid"

	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/testenv"
)

// resent counts the messages of a queue that were sent more than once, and fails when one is missing or is none of these.
func resent(t *testing.T, url string, queue string, messages []message.Envelope) int {
	t.Helper()
	seen := map[string]int{}
	arrived := take(t, channel(t, url), queue)
	for _, m := range arrived {
		seen[m.CorrelationID]++
	}
	for i, env := range messages {
		if seen[env.CorrelationID] == 0 {
			t.Errorf("message %d is lost", i)
		}
	}
	if len(seen) > len(messages) {
		t.Errorf("%d messages arrived that nobody should have sent", len(seen)-len(messages))
	}
	return len(arrived) - len(seen)
}

// nthPublish returns a condition that is true for the n-th message.
func nthPublish(n int) func(map[string]any) bool {
	return func(m map[string]any) bool {
		if m["method"] == "basic.publish" {
			n--
		}
		return n == 0 && m["method"] == "basic.publish"
	}
}

// cutAt leads, lets the connection end after the n-th message of a batch of 400 or its markers, and returns the URL and
// the batch. The leader is dead then.
func cutAt(t *testing.T, n int) (url string, b message.Batch) {
	t.Helper()
	url = testenv.RabbitMQ(t)
	tap, p := tappedLeader(t, url)
	tap.cutAfter(nthPublish(n))
	b = brokertest.Batch("q", 400)
	if _, err := p.Publish(t.Context(), b); err == nil && n < 400 {
		t.Fatal("got no error from a connection that was cut")
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return url, b
}

func TestSuccessorSendsTheRest(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 63, 64, 65, 66, 127, 128, 129, 200, 333, 399, 406, 407} {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			url, b := cutAt(t, n)
			next := open(t, url, amqp.Config{})
			if err := next.TakeOver(t.Context(), leader(2)); err != nil {
				t.Fatal(err)
			}
			known, err := next.Lookup(t.Context(), b.ID, len(b.Messages))
			if err != nil {
				t.Fatal(err)
			}
			confirms := 0
			for _, o := range known {
				if o.State == confirmed {
					confirms++
				}
			}
			out, err := next.Publish(t.Context(), b)
			checkStates(t, out, err, confirmed)
			twice := resent(t, url, "q", b.Messages)
			sent := n - n/64 // every 64th is a marker
			if want := min(sent, 400) - confirms; twice > want || twice > 63 {
				t.Errorf("%d of %d messages were sent twice, want at most %d", twice, sent, want)
			}
			t.Logf("cut after %d messages and markers: %d known to the successor, %d sent twice", n, confirms, twice)
		})
	}
}

// TestOwnConnectionLost has a leader that lives on: it learns from its own marker.
func TestOwnConnectionLost(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	tap, p := tappedLeader(t, url)
	tap.cutAfter(nthPublish(300))
	b := brokertest.Batch("q", 400)
	if _, err := p.Publish(t.Context(), b); err == nil {
		t.Fatal("got no error from a connection that was cut")
	}
	out, err := p.Publish(t.Context(), b)
	checkStates(t, out, err, confirmed)
	if twice := resent(t, url, "q", b.Messages); twice > 63 {
		t.Errorf("%d messages were sent twice, want at most 63", twice)
	}
}

// TestEarlierBatchesAreKept has batches of a dead leader that its successor did not look at before it died.
func TestEarlierBatchesAreKept(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	batches := make([]message.Batch, 6)
	for i := range batches {
		batches[i] = brokertest.Batch("q", 70)
	}
	for epoch := range int64(3) {
		p := open(t, url, amqp.Config{})
		if err := p.TakeOver(t.Context(), leader(epoch+1)); err != nil {
			t.Fatal(err)
		}
		for _, b := range batches[2*epoch : 2*epoch+2] {
			out, err := p.Publish(t.Context(), b)
			checkStates(t, out, err, confirmed)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	last := open(t, url, amqp.Config{})
	if err := last.TakeOver(t.Context(), leader(9)); err != nil {
		t.Fatal(err)
	}
	for _, b := range batches {
		known, err := last.Lookup(t.Context(), b.ID, 70)
		checkStates(t, known, err, confirmed)
	}
}

// TestWhatAMarkerMayNotSay has messages whose arrival is not sure before their confirm.
func TestWhatAMarkerMayNotSay(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	h := harness(url)
	h.Bind(t, "x", "k", "bound")
	tap, p := tappedLeader(t, url)
	b := brokertest.Batch("q", 4)
	b.Messages[1] = brokertest.Envelope("majority", 1)
	b.Messages[1].Declare.Arguments = []message.Header{{Key: "x-queue-type", Value: []byte(`"quorum"`)}}
	b.Messages[2] = brokertest.Envelope("", 2)
	b.Messages[2].Declare, b.Messages[2].Exchange, b.Messages[2].RoutingKey = nil, "x", "nowhere"
	want := []message.State{confirmed, confirmed, message.Returned, confirmed}
	out, err := p.Publish(t.Context(), b) // declares
	checkStates(t, out, err, want...)
	b.ID = uuid.New()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tap.answers(func([]byte) [][]byte { return nil }) // the leader dies before it knows anything
	marked := nthPublish(5)
	tap.cutAfter(func(m map[string]any) bool {
		if marked(m) {
			cancel()
		}
		return false
	})
	if _, err := p.Publish(ctx, b); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v from a broker that does not answer, want that it was cancelled", err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	next := open(t, url, amqp.Config{})
	if err := next.TakeOver(t.Context(), leader(2)); err != nil {
		t.Fatal(err)
	}
	known, err := next.Lookup(t.Context(), b.ID, 4)
	checkStates(t, known, err, confirmed, message.Unknown, message.Unknown, confirmed)
	out, err = next.Publish(t.Context(), b)
	checkStates(t, out, err, want...)
	if err := next.Close(); err != nil {
		t.Fatal(err)
	}
	third := open(t, url, amqp.Config{})
	if err := third.TakeOver(t.Context(), leader(3)); err != nil {
		t.Fatal(err)
	}
	known, err = third.Lookup(t.Context(), b.ID, 4) // the marker was corrected when the batch had ended
	checkStates(t, known, err, want...)
}

// TestConfirmWhileMarking has a confirm that comes in after the flight was asked for what has ended and before its marker
// is written: the marker must not say less of such a message than of one that is still on its way.
func TestConfirmWhileMarking(t *testing.T) {
	t.Parallel()
	ch := plainChannel(t, testenv.RabbitMQ(t))
	if err := ch.Confirm(false); err != nil {
		t.Fatal(err)
	}
	q, err := ch.QueueDeclare("q", false, true, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	confirm, err := ch.PublishWithDeferredConfirm("", q.Name, false, false, amqp091.Publishing{})
	if err != nil {
		t.Fatal(err)
	}
	if acked, err := confirm.WaitContext(t.Context()); err != nil || !acked {
		t.Fatalf("got acked %t, error %v", acked, err)
	}
	known, err := amqp.MarkAndReadConfirmed(uuid.New(), confirm)
	checkStates(t, known, err, confirmed)
}

// TestNoMemory has a queue of markers that cannot be one.
func TestNoMemory(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	if _, err := channel(t, url).QueueDeclare("beat.marker.d.0", true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	p := open(t, url, amqp.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err := p.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	out, err := p.Publish(t.Context(), brokertest.Batch("q", 2))
	checkStates(t, out, err, confirmed)
	if n := strings.Count(log.String(), "no memory of batches"); n != 1 {
		t.Errorf("got %d reports, want one: %s", n, log.String())
	}
}

func TestForeignMarker(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	var log bytes.Buffer
	first := open(t, url, amqp.Config{})
	if err := first.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	ch := plainChannel(t, url)
	if err := ch.Publish("", "beat.marker.d.0", false, false, amqp091.Publishing{Body: []byte(`{"v":1,"batches":[{"n":-1}`)}); err != nil {
		t.Fatal(err)
	}
	p := open(t, url, amqp.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err := p.TakeOver(t.Context(), leader(2)); err != nil {
		t.Fatal(err)
	}
	out, err := p.Publish(t.Context(), brokertest.Batch("q", 1))
	checkStates(t, out, err, confirmed)
	if !strings.Contains(log.String(), "passed over") {
		t.Errorf("got no report: %s", log.String())
	}
}

// TestRestartForgets makes sure that a marker does not outlive what it speaks of.
func TestRestartForgets(t *testing.T) {
	t.Parallel()
	s := testenv.StartRabbitMQ(t)
	p := open(t, s.URL(), amqp.Config{})
	if err := p.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	b := brokertest.Batch("q", 3)
	out, err := p.Publish(t.Context(), b)
	checkStates(t, out, err, confirmed)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	next := open(t, s.URL(), amqp.Config{})
	if err := next.TakeOver(t.Context(), leader(2)); err != nil {
		t.Fatal(err)
	}
	known, err := next.Lookup(t.Context(), b.ID, 3)
	checkStates(t, known, err, message.Unknown, message.Unknown, message.Unknown)
}

func TestParseMarker(t *testing.T) {
	t.Parallel()
	const id = `"id":"0c9e7b1e-0000-3aaa-8bbb-00000000beef"`
	tests := []struct{ name, body, want string }{
		{"none", ``, "is no marker"},
		{"another version", `{"v":2}`, "version 2"},
		{"runs too long", `{"v":1,"batches":[{` + id + `,"n":3,"runs":[{"n":2,"s":"confirmed"},{"n":2,"s":"unknown"}]}]}`, "do not fit"},
		{"empty run", `{"v":1,"batches":[{` + id + `,"n":3,"runs":[{"n":0,"s":"confirmed"}]}]}`, "do not fit"},
		{"negative", `{"v":1,"batches":[{` + id + `,"n":-1,"runs":[{"n":1,"s":"confirmed"}]}]}`, "do not fit"},
		{"huge", `{"v":1,"batches":[{` + id + `,"n":9999999999,"runs":[{"n":1,"s":"confirmed"}]}]}`, "do not fit"},
		{"many", `{"v":1,"batches":[` + strings.Repeat(`{"n":1},`, 16) + `{"n":1}]}`, "17 batches"},
		{"negative epoch", `{"v":1,"e":-1}`, "epoch -1"},
		{"last epoch", `{"v":1,"e":9223372036854775807}`, "epoch 9223372036854775807"},
		{"id", `{"v":1,"batches":[{"id":"x","n":3}]}`, "is no marker"},
		{"long", `{"v":1,"x":"` + strings.Repeat("x", 1<<20) + `"}`, "too many"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := amqp.ParseMarker([]byte(tt.body)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
}

// TestMarkerRoundTrip encodes outcomes and wants them back, but that Rejected is to be sent again and long reasons are
// cut.
func TestMarkerRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		states := rapid.SliceOfN(rapid.Uint8Range(0, uint8(message.Rejected)), 1, 200).Draw(t, "states")
		want := make([]message.Outcome, len(states))
		for i, s := range states {
			if want[i].State = message.State(s); want[i].State >= message.Returned {
				want[i].Reason = rapid.StringN(0, 50, 100).Draw(t, "reason")
			}
		}
		got, err := amqp.MarkAndRead(uuid.New(), want)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if want[i].State == message.Rejected {
				want[i] = message.Outcome{}
			}
			if got[i] != want[i] {
				t.Fatalf("message %d: got %v, want %v", i, got[i], want[i])
			}
		}
	})
}

func FuzzMarker(f *testing.F) {
	f.Add([]byte(`{"v":1,"batches":[{"id":"0c9e7b1e-0000-3aaa-8bbb-00000000beef","n":3,"runs":[{"n":2,"s":"confirmed"}]}]}`))
	f.Fuzz(func(_ *testing.T, body []byte) { amqp.Recall(body) })
}
