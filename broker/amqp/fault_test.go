package amqp_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/gobeat/gobeat/broker"
	"github.com/gobeat/gobeat/broker/amqp"
	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/internal/testenv"
)

// checkStates compares outcomes with what is wanted; the last one counts for the rest.
func checkStates(t *testing.T, out []message.Outcome, err error, want ...message.State) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < len(want) {
		t.Fatalf("got %d outcomes, want at least %d", len(out), len(want))
	}
	for i, o := range out {
		if w := want[min(i, len(want)-1)]; o.State != w {
			t.Fatalf("message %d: got %v (%s), want %v", i, o.State, o.Reason, w)
		}
	}
}

func leader(epoch int64) message.Fence {
	return message.Fence{Deployment: "d", Epoch: epoch, Nonce: uuid.New()}
}

const confirmed = message.Confirmed

func TestQueueWithOtherArguments(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	ch := channel(t, url)
	if _, err := ch.QueueDeclare("q", true, false, false, false, amqp091.Table{"x-max-priority": int32(5)}); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	p := open(t, url, amqp.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for range 2 {
		if err := p.TakeOver(t.Context(), message.Fence{}); err != nil {
			t.Fatal(err)
		}
		out, err := p.Publish(t.Context(), brokertest.Batch("q", 2))
		checkStates(t, out, err, confirmed)
	}
	q, err := ch.QueueDeclarePassive("q", true, false, false, false, nil)
	if err != nil || q.Messages != 4 {
		t.Errorf("got %d messages and %v, want 4", q.Messages, err)
	}
	if n := strings.Count(log.String(), "queue=q argument=x-max-priority reason=\"PRECONDITION_FAILED"); n != 1 {
		t.Errorf("got %d reports, want one: %s", n, log.String())
	}
}

func TestUnknownExchangeType(t *testing.T) {
	t.Parallel()
	p := open(t, testenv.RabbitMQ(t), amqp.Config{})
	b := brokertest.Batch("q", 3)
	bad := brokertest.Envelope("bad", 1)
	bad.Declare.ExchangeType = "x-no-such-plugin"
	b.Messages[1] = bad
	if _, err := p.Publish(t.Context(), b); !errors.Is(err, message.ErrUnavailable) {
		t.Fatalf("got %v, want ErrUnavailable, for the broker closes the connection", err)
	}
	out, err := p.Publish(t.Context(), b)
	checkStates(t, out, err, confirmed, message.Refused, confirmed)
}

// TestMessagesThatCloseTheChannel has messages that no look-up finds beforehand.
func TestMessagesThatCloseTheChannel(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	ch := channel(t, url)
	if err := ch.ExchangeDeclare("inside", "direct", true, false, true, false, nil); err != nil {
		t.Fatal(err)
	}
	p := open(t, url, amqp.Config{})
	b := brokertest.Batch("q", 200)
	want := make([]message.State, len(b.Messages))
	for i := range want {
		want[i] = confirmed
	}
	b.Messages[50].Expiration, want[50] = "soon", message.Refused
	b.Messages[51].Exchange, want[51] = "inside", message.Refused
	b.Messages[150].Expiration, want[150] = "later", message.Refused
	out, err := p.Publish(t.Context(), b)
	checkStates(t, out, err, want...)
	seen := map[string]bool{}
	for _, m := range take(t, ch, "q") {
		seen[m.CorrelationID] = true
	}
	if len(seen) != 197 {
		t.Errorf("got %d different messages, want 197", len(seen))
	}
	out, err = p.Publish(t.Context(), brokertest.Batch("q", 2))
	checkStates(t, out, err, confirmed)
}

func TestExchangeDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	h := harness(url)
	h.Bind(t, "x", "k", "bound")
	p := open(t, url, amqp.Config{})
	b := brokertest.Batch("q", 3)
	b.Messages[1].Exchange, b.Messages[1].RoutingKey = "x", "k"
	out, err := p.Publish(t.Context(), b)
	checkStates(t, out, err, confirmed)
	if err := channel(t, url).ExchangeDelete("x", false, false); err != nil {
		t.Fatal(err)
	}
	b.ID = uuid.New()
	out, err = p.Publish(t.Context(), b)
	checkStates(t, out, err, confirmed, message.Refused, confirmed)
}

// TestQueueDeletedMeanwhile has messages of which Celery would know nothing.
func TestQueueDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	p := open(t, url, amqp.Config{})
	if err := p.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	b := brokertest.Batch("q", 70)
	out, err := p.Publish(t.Context(), b)
	checkStates(t, out, err, confirmed)
	ch := channel(t, url)
	if _, err := ch.QueueDelete("q", false, false, false); err != nil {
		t.Fatal(err)
	}
	b.ID = uuid.New()
	b.Messages[1].Exchange = "q"
	out, err = p.Publish(t.Context(), b)
	checkStates(t, out, err, confirmed)
	if twice := resent(t, url, "q", b.Messages); twice != 0 {
		t.Errorf("%d messages came twice", twice)
	}
}

func TestFullQueueRejects(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	ch := channel(t, url)
	arguments := amqp091.Table{"x-max-length": int32(1), "x-overflow": "reject-publish"}
	if _, err := ch.QueueDeclare("full", true, false, false, false, arguments); err != nil {
		t.Fatal(err)
	}
	p := open(t, url, amqp.Config{})
	b := brokertest.Batch("full", 3)
	b.Messages[2] = brokertest.Envelope("other", 1)
	out, err := p.Publish(t.Context(), b)
	checkStates(t, out, err, confirmed, message.Rejected, confirmed)
	if n, err := ch.QueuePurge("full", false); err != nil || n != 1 {
		t.Fatalf("got %d messages and %v, want one", n, err)
	}
	if got := len(take(t, ch, "other")); got != 1 {
		t.Errorf("got %d messages, want one", got)
	}
	out, err = p.Publish(t.Context(), b) // what was rejected is tried again, the others are not
	checkStates(t, out, err, confirmed)
	if got := len(take(t, ch, "other")); got != 0 {
		t.Errorf("got %d messages again", got)
	}
}

func TestConnectionLost(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	proxy, through := brokertest.NewProxy(t, url)
	p := open(t, through, amqp.Config{})
	if err := p.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	out, err := p.Publish(t.Context(), brokertest.Batch("q", 1))
	checkStates(t, out, err, confirmed)
	proxy.Cut()
	b := brokertest.Batch("q", 100)
	out, err = p.Publish(t.Context(), b)
	if err != nil { // the loss was noticed while sending, not before
		if !errors.Is(err, message.ErrUnavailable) {
			t.Fatalf("got %v, want ErrUnavailable", err)
		}
		out, err = p.Publish(t.Context(), b)
	}
	checkStates(t, out, err, confirmed)
}

func TestLostAnswers(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	proxy, through := brokertest.NewProxy(t, url)
	p := open(t, through, amqp.Config{ConfirmTimeout: 2 * time.Second})
	out, err := p.Publish(t.Context(), brokertest.Batch("q", 1))
	checkStates(t, out, err, confirmed)
	proxy.Mute(true)
	b := brokertest.Batch("q", 10)
	out, err = p.Publish(t.Context(), b)
	if !errors.Is(err, message.ErrUnavailable) || out[0].State != message.Unknown || out[9].State != message.Unknown {
		t.Fatalf("got %v and %v, want unknown messages", out, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := p.Publish(ctx, brokertest.Batch("new", 1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v from a broker that does not answer declarations, want that the time is over", err)
	}
	proxy.Mute(false)
	out, err = p.Publish(t.Context(), b) // on a new connection: the other one was closed
	checkStates(t, out, err, confirmed)
	seen := map[string]int{}
	for _, m := range take(t, channel(t, url), "q") {
		seen[m.CorrelationID]++
	}
	for i, env := range b.Messages {
		if n := seen[env.CorrelationID]; n < 1 || n > 3 {
			t.Errorf("message %d arrived %d times", i, n)
		}
	}
}

func TestGuardTakenByAnother(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	proxy, through := brokertest.NewProxy(t, url)
	old, successor := open(t, through, amqp.Config{}), open(t, url, amqp.Config{})
	if err := old.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	proxy.Cut()
	if err := successor.TakeOver(t.Context(), leader(2)); err != nil {
		t.Fatal(err)
	}
	out, err := old.Publish(t.Context(), brokertest.Batch("q", 2))
	if errors.Is(err, message.ErrUnavailable) {
		out, err = old.Publish(t.Context(), brokertest.Batch("q", 2))
	}
	if _, ok := errors.AsType[*message.FencedError](err); !ok || out[0].State == confirmed {
		t.Fatalf("got %v and %v, want that it is fenced", out, err)
	}
	out, err = successor.Publish(t.Context(), brokertest.Batch("q", 2))
	checkStates(t, out, err, confirmed)
}

func TestFailoverList(t *testing.T) {
	t.Parallel()
	url := testenv.RabbitMQ(t)
	p := open(t, "amqp://127.0.0.1:1//;"+url, amqp.Config{})
	out, err := p.Publish(t.Context(), brokertest.Batch("q", 1))
	checkStates(t, out, err, confirmed)
	q := open(t, "amqp://me:hunter2@127.0.0.1:1//;amqp://me:hunter2@127.0.0.1:2//", amqp.Config{})
	err = q.Check(t.Context())
	if !errors.Is(err, message.ErrUnavailable) || strings.Contains(err.Error(), "hunter2") ||
		!strings.Contains(err.Error(), "127.0.0.1:1/") || !strings.Contains(err.Error(), "127.0.0.1:2/") {
		t.Errorf("got %v, want both addresses and no password", err)
	}
}

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	url := strings.Replace(testenv.RabbitMQ(t), "beat:beat@", "beat:hunter2@", 1)
	err := open(t, url, amqp.Config{DialTimeout: time.Minute}).Check(t.Context()) // the broker answers after three seconds
	if !errors.Is(err, message.ErrUnavailable) || !strings.Contains(err.Error(), "not allowed") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v, want that access is refused", err)
	}
}

// TestBlocked has a broker that is short of memory from the beginning.
func TestBlocked(t *testing.T) {
	t.Parallel()
	s := testenv.StartRabbitMQ(t, "vm_memory_high_watermark.absolute = 1MB")
	p := open(t, s.URL(), amqp.Config{})
	if err := p.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	out, err := p.Publish(t.Context(), brokertest.Batch("q", 2000))
	if !errors.Is(err, message.ErrBlocked) {
		t.Fatalf("got %v, want that the broker blocks", err)
	}
	for i, o := range out {
		if o.State == confirmed {
			t.Fatalf("message %d is called confirmed", i)
		}
	}
	if err := p.Check(t.Context()); !errors.Is(err, message.ErrUnavailable) || !strings.Contains(err.Error(), "low on memory") {
		t.Errorf("check: got %v, want the reason", err)
	}
	if _, err := p.Publish(t.Context(), brokertest.Batch("other", 1)); !errors.Is(err, message.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable at once", err)
	}
	start := time.Now()
	if err := p.Close(); err != nil || time.Since(start) > 10*time.Second {
		t.Errorf("close: got %v after %v", err, time.Since(start))
	}
}

func TestHungServer(t *testing.T) {
	t.Parallel()
	s := testenv.StartRabbitMQ(t)
	p := open(t, s.URL(), amqp.Config{DialTimeout: time.Minute}) // the server has much to catch up on
	out, err := p.Publish(t.Context(), brokertest.Batch("q", 1))
	checkStates(t, out, err, confirmed)
	if err := s.Pause(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	b := brokertest.Batch("q", 3)
	if _, err := p.Publish(ctx, b); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want that the time is over", err)
	}
	start := time.Now()
	if _, err := p.Publish(t.Context(), b); !errors.Is(err, message.ErrUnavailable) { // by the heartbeat
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	t.Logf("noticed after %v", time.Since(start))
	if err := s.Continue(); err != nil {
		t.Fatal(err)
	}
	out, err = p.Publish(t.Context(), b)
	checkStates(t, out, err, confirmed)
}

func TestNew(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, url string
		config    amqp.Config
		want      string
	}{
		{"another broker", "redis://h", amqp.Config{}, "not one of AMQP"},
		{"short heartbeat", "amqp://h//", amqp.Config{Heartbeat: time.Millisecond}, "heartbeat"},
		{"negative limit", "amqp://h//", amqp.Config{Window: -1}, "negative"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			urls, err := broker.Parse(tt.url)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := amqp.New(urls, tt.config); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
}
