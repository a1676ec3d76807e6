package amqp_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

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
		checkStates(t, out, err, confirmed)
	})
	for n, alarm := range []struct {
		name, reason string
		on, off      []string
	}{
		{
			"memory", "low on memory",
			[]string{"set_vm_memory_high_watermark", "absolute", "1MB"},
			[]string{"set_vm_memory_high_watermark", "0.4"},
		},
		{"disk", "low on disk", []string{"set_disk_free_limit", "1000000GB"}, []string{"set_disk_free_limit", "1MB"}},
	} {
		t.Run("raises and lowers the alarm of "+alarm.name, func(t *testing.T) {
			log := &logWatch{}
			p := open(t, s.URL(), amqp.Config{Logger: slog.New(slog.NewTextHandler(log, nil))})
			if err := p.TakeOver(t.Context(), leader(4+int64(n))); err != nil {
				t.Fatal(err)
			}
			out, err := p.Publish(t.Context(), brokertest.Batch("q", 2))
			checkStates(t, out, err, confirmed)
			ctl(t, alarm.on...)
			b := brokertest.Batch("q", 2000)
			out, err = p.Publish(t.Context(), b)
			if !errors.Is(err, message.ErrUnavailable) || !strings.Contains(err.Error(), alarm.reason) {
				t.Fatalf("got %v, want that the broker blocks", err)
			}
			for i, o := range out {
				if o.State == confirmed {
					t.Fatalf("message %d is called confirmed", i)
				}
			}
			free := log.says("the broker takes messages again")
			ctl(t, alarm.off...)
			<-free
			out, err = p.Publish(t.Context(), b)
			checkStates(t, out, err, confirmed)
		})
	}
	t.Run("kills the leader while an alarm is on", func(t *testing.T) {
		if _, err := channel(t, s.URL()).QueuePurge("q", false); err != nil {
			t.Fatal(err)
		}
		p := startLeader(t, s.URL())
		p.until(t, "batch 2")
		ctl(t, "set_vm_memory_high_watermark", "absolute", "1MB")
		last := p.until(t, "blocked")
		if err := p.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		p.wait()
		next := open(t, s.URL(), amqp.Config{})
		taken := make(chan error, 1)
		go func() { taken <- next.TakeOver(t.Context(), leader(processEpoch+1)) }() // perhaps not before the alarm is over
		ctl(t, "set_vm_memory_high_watermark", "0.4")
		if err := <-taken; err != nil {
			t.Fatal(err)
		}
		var all []message.Envelope
		for n := range last + 1 {
			b := crashBatch(n)
			all = append(all, b.Messages...)
			if n+4 <= last {
				continue // at most four can be unsettled
			}
			out, err := next.Publish(t.Context(), b)
			checkStates(t, out, err, confirmed)
		}
		if twice := resent(t, s.URL(), "q", all); twice > 63 {
			t.Errorf("%d messages were sent twice, want at most 63", twice)
		}
	})
}

// A logWatch waits for texts in a log.
type logWatch struct {
	mu     sync.Mutex
	wanted map[string]chan struct{}
}

// says returns a channel that is closed when a line with the text comes.
func (w *logWatch) says(text string) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.wanted == nil {
		w.wanted = map[string]chan struct{}{}
	}
	w.wanted[text] = make(chan struct{})
	return w.wanted[text]
}

func (w *logWatch) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for text, c := range w.wanted {
		if bytes.Contains(line, []byte(text)) {
			close(c)
			delete(w.wanted, text)
		}
	}
	return len(line), nil
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

// TestFormerLeaderComesBack has a leader that was cut off for a while, and comes back when its successor has lost the guard
// as well.
func TestFormerLeaderComesBack(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	proxy, through := brokertest.NewProxy(t, url)
	old, successor := open(t, through, amqp.Config{}), open(t, through, amqp.Config{})
	if err := old.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	first, last := brokertest.Batch("q", 2), brokertest.Batch("q", 2)
	out, err := old.Publish(t.Context(), first)
	checkStates(t, out, err, confirmed)
	proxy.Cut()
	if err := successor.TakeOver(t.Context(), leader(2)); err != nil {
		t.Fatal(err)
	}
	out, err = successor.Publish(t.Context(), last)
	checkStates(t, out, err, confirmed)
	proxy.Cut()

	ahead, err := old.Lookup(t.Context(), last.ID, 2)
	checkStates(t, ahead, err, message.Unknown)
	err = old.TakeOver(t.Context(), leader(1))
	if errors.Is(err, message.ErrUnavailable) { // its connection has ended, it noticed that only now
		err = old.TakeOver(t.Context(), leader(1))
	}
	if fenced, ok := errors.AsType[*message.FencedError](err); !ok || fenced.Epoch != 2 {
		t.Errorf("take over: got %v, want that it is fenced by epoch 2", err)
	}
	out, err = old.Publish(t.Context(), brokertest.Batch("q", 2))
	if _, ok := errors.AsType[*message.FencedError](err); !ok || out[0].State == confirmed {
		t.Errorf("publish: got %v and %v, want that it is fenced", out, err)
	}
	more := brokertest.Batch("q", 2)
	out, err = successor.Publish(t.Context(), more) // the guard is free for it
	if errors.Is(err, message.ErrUnavailable) {
		out, err = successor.Publish(t.Context(), more)
	}
	checkStates(t, out, err, confirmed)
	if got := len(take(t, channel(t, url), "q")); got != 6 {
		t.Errorf("got %d messages, want 2 of the former leader and 4 of its successor", got)
	}
}

// TestGuardNotAnswered has a broker that does not answer for longer than the guard is waited for: that is no other leader.
func TestGuardNotAnswered(t *testing.T) {
	t.Parallel()
	tap, through := newWiretap(t, testenv.RabbitMQ(t))
	p := open(t, through, amqp.Config{ReplyTimeout: 2500 * time.Millisecond})
	tap.answers(func(frame []byte) [][]byte {
		if isDeclareOK(frame) {
			return nil
		}
		return [][]byte{frame}
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.TakeOver(ctx, leader(1)); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want that nothing was taken over", err)
	}
	if _, err := p.Publish(t.Context(), brokertest.Batch("q", 1)); !errors.Is(err, message.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}

// isDeclareOK tells whether a frame of the broker is queue.declare-ok.
func isDeclareOK(frame []byte) bool {
	return frame[0] == 1 && binary.BigEndian.Uint16(frame[7:]) == 50 && binary.BigEndian.Uint16(frame[9:]) == 11
}
