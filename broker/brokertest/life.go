package brokertest

import (
	"context"
	"errors"
	"testing"

	"github.com/gobeat/gobeat/broker/message"
)

// checkUnavailable wants that a batch could not be sent and none of it is called confirmed.
func checkUnavailable(t *testing.T, p Publisher, b message.Batch) {
	t.Helper()
	out, err := p.Publish(deadline(t), b)
	if !errors.Is(err, message.ErrUnavailable) {
		t.Fatalf("got error %v, want ErrUnavailable", err)
	}
	if len(out) != len(b.Messages) {
		t.Fatalf("got %d outcomes, want %d", len(out), len(b.Messages))
	}
	for i, o := range out {
		if o.State == message.Confirmed || o.State == message.Returned || o.State == message.Refused {
			t.Fatalf("message %d: got %v (%s) from a broker that is away", i, o.State, o.Reason)
		}
	}
}

func testAway(t *testing.T, h Harness) {
	p := h.open(t)
	mustPublish(t, p, Batch("q", 3))
	h.Take(t, "q")
	h.Stop(t)
	b := Batch("q", 600)
	checkUnavailable(t, p, b)
	if err := p.Check(deadline(t)); !errors.Is(err, message.ErrUnavailable) {
		t.Errorf("check: got %v, want ErrUnavailable", err)
	}
	if _, err := p.Lookup(deadline(t), b.ID, 600); err != nil && !errors.Is(err, message.ErrUnavailable) {
		t.Errorf("lookup: got %v, want ErrUnavailable or nothing", err)
	}
	h.Start(t)
	if err := p.Check(deadline(t)); err != nil {
		t.Errorf("check: %v", err)
	}
	mustPublish(t, p, b)
	checkArrived(t, h, "q", b.Messages...)
}

func testLeaderAway(t *testing.T, h Harness) {
	p := h.open(t)
	fence := leader(1)
	takeOver(t, p, fence)
	mustPublish(t, p, Batch("q", 3))
	h.Take(t, "q")
	h.Stop(t)
	b := Batch("q", 3)
	checkUnavailable(t, p, b)
	h.Start(t)
	if _, err := p.Publish(deadline(t), b); err != nil {
		checkFenced(t, err, 0) // the broker lost the epoch: the leader asks its store and takes over again
		takeOver(t, p, leader(2))
		mustPublish(t, p, b)
	}
	checkArrived(t, h, "q", b.Messages...)
}

func testCancelled(t *testing.T, h Harness) {
	p := h.open(t)
	mustPublish(t, p, Batch("warm", 1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := Batch("q", 600)
	if _, err := p.Publish(ctx, b); !errors.Is(err, context.Canceled) {
		t.Errorf("publish: got %v, want that it was cancelled", err)
	}
	if err := p.TakeOver(ctx, leader(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("take over: got %v, want that it was cancelled", err)
	}
	mustPublish(t, p, b)
	checkArrived(t, h, "q", b.Messages...)
}

func testClosed(t *testing.T, h Harness) {
	p := h.New(t)
	if err := p.Check(deadline(t)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := p.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	_, published := p.Publish(deadline(t), Batch("q", 1))
	_, found := p.Lookup(deadline(t), Batch("q", 1).ID, 1)
	calls := map[string]error{
		"publish": published, "lookup": found, "check": p.Check(deadline(t)), "take over": p.TakeOver(deadline(t), leader(1)),
	}
	for name, err := range calls {
		if !errors.Is(err, message.ErrClosed) {
			t.Errorf("%s: got %v, want ErrClosed", name, err)
		}
	}
	unused := h.New(t)
	if err := unused.Close(); err != nil {
		t.Errorf("close an unused one: %v", err)
	}
}
