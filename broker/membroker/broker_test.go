package membroker_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/membroker"
	"github.com/gobeat/gobeat/broker/message"
)

func TestSuite(t *testing.T) {
	brokertest.Run(t, harness)
	brokertest.RunOutage(t, harness)
}

func harness(*testing.T) brokertest.Harness {
	b := membroker.New()
	return brokertest.Harness{
		Features: brokertest.Features{Memory: true, MissingExchange: message.Returned},
		New:      func(testing.TB) brokertest.Publisher { return b.Publisher() },
		Bind:     func(_ testing.TB, exchange, key, queue string) { b.Bind(exchange, key, queue) },
		Take: func(_ testing.TB, queue string) []brokertest.Message {
			var out []brokertest.Message
			for _, env := range b.Take(queue) {
				out = append(out, brokertest.Want(env))
			}
			return out
		},
		Spoil: func(_ testing.TB, queue string) {
			b.Fail(func(env message.Envelope) message.Outcome {
				if env.RoutingKey == queue {
					return message.Outcome{State: message.Refused, Reason: "spoiled"}
				}
				return message.Outcome{}
			})
		},
		Stop:  func(testing.TB) { b.SetDown(true) },
		Start: func(testing.TB) { b.SetDown(false) },
	}
}

func TestLostAnswer(t *testing.T) {
	t.Parallel()
	b := membroker.New()
	p := b.Publisher()
	b.LoseAnswers(1)
	batch := brokertest.Batch("q", 3)
	out, err := p.Publish(t.Context(), batch)
	if !errors.Is(err, message.ErrUnavailable) || out[0].State != message.Unknown {
		t.Errorf("got %v and %v, want a lost answer", out, err)
	}
	out, err = p.Publish(t.Context(), batch)
	if err != nil || out[2].State != message.Confirmed {
		t.Errorf("got %v and %v, want that all are confirmed", out, err)
	}
	if got := len(b.Messages("q")); got != 3 || b.Len() != 3 {
		t.Errorf("got %d messages, want 3", got)
	}
}

func TestRejectedIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := membroker.New()
	p := b.Publisher()
	b.Fail(func(message.Envelope) message.Outcome {
		return message.Outcome{State: message.Rejected, Reason: "full"}
	})
	batch := brokertest.Batch("q", 1)
	if out, err := p.Publish(t.Context(), batch); err != nil || out[0].State != message.Rejected {
		t.Errorf("got %v and %v, want a rejected message", out, err)
	}
	b.Fail(nil)
	if out, err := p.Publish(t.Context(), batch); err != nil || out[0].State != message.Confirmed {
		t.Errorf("got %v and %v, want a confirmed message", out, err)
	}
}

func TestWaitInBubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := membroker.New()
		p := b.Publisher()
		go func() {
			time.Sleep(time.Hour) // of the bubble
			if _, err := p.Publish(t.Context(), brokertest.Batch("q", 2)); err != nil {
				t.Error(err)
			}
		}()
		start := time.Now()
		if err := b.Wait(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(start); got != time.Hour {
			t.Errorf("waited %v, want an hour", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.Wait(ctx, 3); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want that the time is over", err)
		}
	})
}
