package amqp_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/testenv"
)

// TestOperator is about what an operator does to a broker in use. The subtests follow each other on one server.
func TestOperator(t *testing.T) {
	t.Parallel()
	s := testenv.StartRabbitMQ(t)
	ctl := func(t *testing.T, args ...string) {
		t.Helper()
		if err := s.RabbitMQCtl(t.Context(), args...); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("deletes the guard", func(t *testing.T) {
		p, other := open(t, s.URL(), amqp.Config{}), open(t, s.URL(), amqp.Config{})
		if err := p.TakeOver(t.Context(), leader(1)); err != nil {
			t.Fatal(err)
		}
		ctl(t, "delete_queue", "beat.guard.d.0")
		if err := other.TakeOver(t.Context(), leader(2)); err != nil {
			t.Fatal(err)
		}
		out, err := p.Publish(t.Context(), brokertest.Batch("q", 2))
		if errors.Is(err, message.ErrUnavailable) { // its connection has ended, it noticed that only now
			out, err = p.Publish(t.Context(), brokertest.Batch("q", 2))
		}
		if _, fenced := errors.AsType[*message.FencedError](err); !fenced || out[0].State == confirmed {
			t.Errorf("got %v and %v, want that it is fenced", out, err)
		}
	})
	t.Run("closes the connection", func(t *testing.T) {
		p := open(t, s.URL(), amqp.Config{})
		if err := p.TakeOver(t.Context(), leader(3)); err != nil {
			t.Fatal(err)
		}
		ctl(t, "close_all_connections", "maintenance")
		b := brokertest.Batch("q", 2)
		out, err := p.Publish(t.Context(), b)
		if err != nil {
			if !errors.Is(err, message.ErrUnavailable) || !strings.Contains(err.Error(), "maintenance") {
				t.Errorf("got %v, want the operator's reason", err)
			}
			out, err = p.Publish(t.Context(), b)
		}
		checkStates(t, out, err, confirmed, confirmed)
	})
	t.Run("raises and lowers an alarm", func(t *testing.T) {
		p := open(t, s.URL(), amqp.Config{})
		if err := p.TakeOver(t.Context(), leader(4)); err != nil {
			t.Fatal(err)
		}
		out, err := p.Publish(t.Context(), brokertest.Batch("q", 2))
		checkStates(t, out, err, confirmed, confirmed)
		ctl(t, "set_vm_memory_high_watermark", "absolute", "1MB")
		b := brokertest.Batch("q", 2000)
		out, err = p.Publish(t.Context(), b)
		if !errors.Is(err, message.ErrUnavailable) || !strings.Contains(err.Error(), "low on memory") {
			t.Fatalf("got %v, want that the broker blocks", err)
		}
		for i, o := range out {
			if o.State == confirmed {
				t.Fatalf("message %d is called confirmed", i)
			}
		}
		ctl(t, "set_vm_memory_high_watermark", "0.4")
		published, err := p.Publish(t.Context(), b)
		for errors.Is(err, message.ErrUnavailable) { // until the broker has said that it goes on
			published, err = p.Publish(t.Context(), b)
		}
		checkStates(t, published, err, confirmed)
	})
}

// TestGuardIsGivenUp has a leader that stops leading and lives on.
func TestGuardIsGivenUp(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	old, successor := open(t, url, amqp.Config{}), open(t, url, amqp.Config{})
	if err := old.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	if err := old.TakeOver(t.Context(), message.Fence{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), grace)
	defer cancel()
	if err := successor.TakeOver(ctx, leader(2)); err != nil {
		t.Fatalf("the guard is not free: %v", err)
	}
	out, err := old.Publish(t.Context(), brokertest.Batch("q", 1)) // such as a manual run
	checkStates(t, out, err, confirmed)
}

// TestAnotherDeployment does not wait.
func TestAnotherDeployment(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	for i, f := range []message.Fence{leader(1), {Deployment: "other", Epoch: 1}, {Deployment: "d", Shard: 7, Epoch: 1}} {
		p := open(t, url, amqp.Config{})
		ctx, cancel := context.WithTimeout(t.Context(), grace)
		defer cancel()
		if err := p.TakeOver(ctx, f); err != nil {
			t.Errorf("leader %d: %v", i, err)
		}
		out, err := p.Publish(t.Context(), brokertest.Batch("q", 1))
		checkStates(t, out, err, confirmed)
	}
}
