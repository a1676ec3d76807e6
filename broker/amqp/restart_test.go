package amqp_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/testenv"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// TestBrokerKilled kills the broker in full flow. What it confirmed, to a classic and to a quorum queue, must be there
// afterwards, and the rest is sent again.
func TestBrokerKilled(t *testing.T) {
	t.Parallel()
	const kills, batches, size = 2, 6, 200
	s := testenv.StartRabbitMQ(t)
	declareMixed(t, s)
	tap, through := newWiretap(t, s.URL())
	p := open(t, through, amqp.Config{})
	if err := p.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	var all []message.Envelope
	for round := range kills {
		killed := make(chan error, 1)
		now := nthPublish(batches*size/2 + 17)
		tap.cutAfter(func(m map[string]any) bool {
			if now(m) {
				go func() { killed <- s.Kill() }()
			}
			return false
		})
		for n := range batches {
			b := message.Batch{ID: uuid.New(), Messages: make([]message.Envelope, size)}
			for i := range b.Messages {
				b.Messages[i] = mixed((round*batches+n)*size + i)
			}
			all = append(all, b.Messages...)
			out, err := p.Publish(t.Context(), b)
			if errors.Is(err, message.ErrUnavailable) {
				if err := <-killed; err != nil {
					t.Fatal(err)
				}
				if err := s.Start(t.Context()); err != nil {
					t.Fatal(err)
				}
				out, err = p.Publish(t.Context(), b)
			}
			checkStates(t, out, err, confirmed)
		}
	}
	seen := map[string]bool{}
	arrived := 0
	ch := channel(t, s.URL())
	for _, queue := range []string{"classic", "majority"} {
		for {
			d, ok, err := ch.Get(queue, true)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			seen[d.CorrelationId] = true
			arrived++
		}
	}
	lost := 0
	for i := range all {
		if !seen[all[i].CorrelationID] {
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("%d confirmed messages are lost", lost)
	}
	t.Logf("%d kills, %d messages: %d lost, %d sent twice", kills, len(all), lost, arrived-len(seen))
}

// declareMixed makes the queues and restarts the broker in order: one that is killed soon after it made its first quorum
// queue may have forgotten that it leads it, and then never confirms.
func declareMixed(t *testing.T, s *server.Server) {
	t.Helper()
	p := open(t, s.URL(), amqp.Config{})
	out, err := p.Publish(t.Context(), message.Batch{ID: uuid.New(), Messages: []message.Envelope{mixed(0), mixed(1)}})
	checkStates(t, out, err, confirmed)
	if err := errors.Join(p.Close(), s.Stop(), s.Start(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// mixed returns the n-th message, to a classic or a quorum queue.
func mixed(n int) message.Envelope {
	if n%2 == 0 {
		return brokertest.Envelope("classic", n)
	}
	env := brokertest.Envelope("majority", n)
	env.Declare.Arguments = []message.Header{{Key: "x-queue-type", Value: json.RawMessage(`"quorum"`)}}
	return env
}
