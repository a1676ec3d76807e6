package brokertest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/message"
)

func leader(epoch int64) message.Fence {
	return message.Fence{Deployment: "suite.1", Shard: 2, Epoch: epoch, Nonce: uuid.New()}
}

// takeOver makes a publisher the leader; where leaders have a guard, the former one must be gone.
func takeOver(t *testing.T, p Publisher, f message.Fence) {
	t.Helper()
	if err := p.TakeOver(deadline(t), f); err != nil {
		t.Fatalf("take over with epoch %d: %v", f.Epoch, err)
	}
}

func checkFenced(t *testing.T, err error, epoch int64) {
	t.Helper()
	fenced, ok := errors.AsType[*message.FencedError](err)
	if !ok {
		t.Fatalf("got error %v, want that of a fence", err)
	}
	if fenced.Epoch != epoch {
		t.Errorf("got epoch %d, want %d", fenced.Epoch, epoch)
	}
}

func testTwice(t *testing.T, h Harness) {
	p := h.open(t)
	takeOver(t, p, leader(1))
	b := Batch("q", 600)
	b.Messages[7].Exchange, b.Messages[7].RoutingKey = "no.such", "k"
	want := slices.Repeat([]message.State{message.Confirmed}, len(b.Messages))
	want[7] = h.Features.MissingExchange
	for range 3 {
		out, err := p.Publish(deadline(t), b)
		if err != nil {
			t.Fatal(err)
		}
		checkOutcomes(t, out, want)
	}
	if h.Features.Memory {
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		next := h.open(t)
		takeOver(t, next, leader(2))
		out, err := next.Publish(deadline(t), b)
		if err != nil {
			t.Fatal(err)
		}
		checkOutcomes(t, out, want)
	}
	checkArrived(t, h, "q", slices.Delete(slices.Clone(b.Messages), 7, 8)...)
}

func testLookup(t *testing.T, h Harness) {
	p := h.open(t)
	takeOver(t, p, leader(1))
	b := Batch("q", 600)
	b.Messages[599].Exchange, b.Messages[599].RoutingKey = "no.such", "k"
	if _, err := p.Publish(deadline(t), b); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	next := h.open(t)
	takeOver(t, next, leader(2))
	want := make([]message.State, len(b.Messages)) // all unknown
	if h.Features.Memory {
		want = slices.Repeat([]message.State{message.Confirmed}, len(b.Messages))
		want[599] = h.Features.MissingExchange
	}
	got, err := next.Lookup(deadline(t), b.ID, len(b.Messages))
	if err != nil {
		t.Fatal(err)
	}
	checkOutcomes(t, got, want)
	got, err = next.Lookup(deadline(t), uuid.New(), 3)
	if err != nil {
		t.Fatal(err)
	}
	checkOutcomes(t, got, make([]message.State, 3))
}

func testTakeOver(t *testing.T, h Harness) {
	old, successor := h.open(t), h.open(t)
	takeOver(t, old, leader(1))
	mustPublish(t, old, Batch("q", 3))
	if h.Features.Guard {
		ctx, cancel := context.WithTimeout(deadline(t), 300*time.Millisecond)
		defer cancel()
		if err := successor.TakeOver(ctx, leader(2)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v while the former leader is connected, want that the time is over", err)
		}
		if err := old.Close(); err != nil {
			t.Fatal(err)
		}
	}
	takeOver(t, successor, leader(2))
	if !h.Features.Guard {
		out, err := old.Publish(deadline(t), Batch("q", 3))
		checkFenced(t, err, 2)
		checkOutcomes(t, out, make([]message.State, 3))
		checkFenced(t, old.TakeOver(deadline(t), leader(1)), 2)
	}
	mustPublish(t, successor, Batch("q", 4))
	if got := len(h.Take(t, "q")); got != 7 {
		t.Errorf("got %d messages, want the 3 of the former leader and 4 of the new one", got)
	}
}

func testStaleTakeOver(t *testing.T, h Harness) {
	if h.Features.Guard {
		t.Skip("a guard knows no epochs")
	}
	p, other := h.open(t), h.open(t)
	mine := leader(5)
	takeOver(t, p, mine)
	takeOver(t, p, mine)
	checkFenced(t, other.TakeOver(deadline(t), leader(4)), 5)
	checkFenced(t, other.TakeOver(deadline(t), leader(5)), 5)
	elsewhere := leader(1)
	elsewhere.Shard = 3
	takeOver(t, other, elsewhere)
	mustPublish(t, other, Batch("q", 1))
	mustPublish(t, p, Batch("q", 1))
}

func testUnfenced(t *testing.T, h Harness) {
	p, manual := h.open(t), h.open(t)
	takeOver(t, p, leader(1))
	b := Batch("q", 2)
	mustPublish(t, manual, b)
	mustPublish(t, manual, b)
	takeOver(t, manual, message.Fence{})
	mustPublish(t, manual, Batch("q", 1))
	mustPublish(t, p, Batch("q", 1))
	if got := len(h.Take(t, "q")); got != 4 {
		t.Errorf("got %d messages, want 4", got)
	}
}
