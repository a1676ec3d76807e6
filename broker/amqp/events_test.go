package amqp_test

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/testenv"
)

// withEvents returns a batch of n messages with events.
func withEvents(n int) message.Batch {
	b := brokertest.Batch("q", n)
	for i := range b.Messages {
		b.Messages[i].Event = &message.Envelope{
			Headers: []message.Header{{Key: "hostname", Value: []byte(`"beat"`)}}, Body: []byte(b.Messages[i].ID),
			ContentType: "application/json", ContentEncoding: "utf-8", DeliveryMode: message.Transient,
			Exchange: "celeryev", ExchangeType: "topic", RoutingKey: "task.sent",
		}
	}
	return b
}

func TestEvents(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	tap, p := tappedLeader(t, url)
	out, err := p.Publish(t.Context(), withEvents(3)) // nobody listens
	checkStates(t, out, err, confirmed)

	ch := channel(t, url)
	if _, err := ch.QueueDeclare("monitor", true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	if err := ch.QueueBind("monitor", "task.#", "celeryev", false, nil); err != nil {
		t.Fatal(err)
	}
	b := withEvents(100)
	b.Messages[7].Exchange, b.Messages[7].RoutingKey = "no.such", "k"
	want := slices.Repeat([]message.State{confirmed}, 100)
	want[7] = message.Refused
	out, err = p.Publish(t.Context(), b)
	checkStates(t, out, err, want...)
	if err := p.Close(); err != nil { // nobody waits for events; they have passed when the connection has ended
		t.Fatal(err)
	}
	var order []string
	for _, m := range tap.methods() {
		if m["method"] == "basic.publish" && !strings.HasPrefix(m["routing_key"].(string), "beat.") {
			order = append(order, m["routing_key"].(string))
		}
	}
	if wanted := slices.Repeat([]string{"q", "task.sent"}, 3+99); !slices.Equal(order, wanted) {
		t.Errorf("got %v, want each event behind its message, and none for what was not sent", order)
	}
	got := take(t, ch, "monitor")
	if len(got) != 99 || got[0].DeliveryMode != 1 || got[0].CorrelationID != "" || string(got[98].Body) != b.Messages[99].ID {
		t.Errorf("got %d events, want 99 as they were made", len(got))
	}
}

// TestEventsHarmNothing has exchanges of events that cannot be used, or not as told.
func TestEventsHarmNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, kind, write string
		before            func(t *testing.T, url string)
		reports           int
	}{
		{"of another type", "topic", ".*", func(t *testing.T, url string) {
			t.Helper()
			if err := channel(t, url).ExchangeDeclare("celeryev", "fanout", true, false, false, false, nil); err != nil {
				t.Fatal(err)
			}
		}, 0},
		{"internal", "topic", ".*", func(t *testing.T, url string) {
			t.Helper()
			if err := channel(t, url).ExchangeDeclare("celeryev", "topic", true, false, true, false, nil); err != nil {
				t.Fatal(err)
			}
		}, 1},
		{"forbidden", "topic", "^(q|amq.default|beat.*)$", func(*testing.T, string) {}, 1},
		{"type that does not exist", "x-no-such-plugin", ".*", func(*testing.T, string) {}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := testenv.RabbitMQ(t)
			tt.before(t, url)
			var log bytes.Buffer
			user := restricted(t, url, ".*", tt.write, ".*")
			tap, through := newWiretap(t, user)
			p := open(t, through, amqp.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			if err := p.TakeOver(t.Context(), leader(1)); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				b := withEvents(200)
				for i := range b.Messages {
					b.Messages[i].Event.ExchangeType = tt.kind
				}
				out, err := p.Publish(t.Context(), b)
				if tt.kind != "topic" && err != nil { // an unknown type costs the connection, once
					out, err = p.Publish(t.Context(), b)
				}
				checkStates(t, out, err, confirmed)
			}
			if n := strings.Count(log.String(), "events cannot be published"); n != tt.reports {
				t.Errorf("got %d reports, want %d: %s", n, tt.reports, log.String())
			}
			seen := map[string]int{}
			for _, m := range take(t, channel(t, url), "q") {
				seen[m.CorrelationID]++
			}
			if len(seen) != 200 {
				t.Errorf("got %d different messages, want 200", len(seen))
			}
			channels := 0
			for _, m := range tap.methods() {
				if m["method"] == "confirm.select" {
					channels++
				}
			}
			if channels > 3 { // the first, that for one by one, and the next
				t.Errorf("got %d channels, want that events are left out after the first harm", channels)
			}
		})
	}
}
