package claimlog_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/claimlog"
	"github.com/gobeat/gobeat/beat/store/claimlog/enginetest"
	"github.com/gobeat/gobeat/beat/store/memstore"
)

// TestForgottenRecord: a database that loses its newest record ends the term of the leader that wrote it.
func TestForgottenRecord(t *testing.T) {
	t.Parallel()
	e := &enginetest.Memory{}
	log := claimlog.New(e, entries{memstore.New()})
	ctx := t.Context()
	own, err := log.Acquire(ctx, 0, beat.Holder{ID: uuid.New()}, time.Hour, 0)
	if err != nil {
		t.Fatal(err)
	}
	if own, err = log.Renew(ctx, own, time.Hour); err != nil {
		t.Fatal(err)
	}
	e.Lose()
	if _, err := log.Renew(ctx, own, time.Hour); !errors.Is(err, beat.ErrFenced) {
		t.Fatalf("Renew after the loss = %v, want ErrFenced", err)
	}
	again, err := log.Acquire(ctx, 0, beat.Holder{ID: own.Holder}, time.Hour, 0)
	if err != nil || again.Epoch <= own.Epoch {
		t.Errorf("Acquire = %+v, %v, want an epoch above %d", again, err, own.Epoch)
	}
}

// TestWithoutClock: a lease ends when it was seen unchanged for its time to live, whatever its clock said.
func TestWithoutClock(t *testing.T) {
	t.Parallel()
	e := &enginetest.Memory{Clockless: true}
	one, two := claimlog.New(e, entries{memstore.New()}), claimlog.New(e, entries{memstore.New()})
	ctx := t.Context()
	ttl := 50 * time.Millisecond
	own, err := one.Acquire(ctx, 0, beat.Holder{ID: uuid.New(), Name: "one"}, ttl, 0)
	if err != nil {
		t.Fatal(err)
	}
	var held *beat.HeldError
	seen := time.Now()
	if _, err := two.Acquire(ctx, 0, beat.Holder{ID: uuid.New()}, ttl, 0); !errors.As(err, &held) {
		t.Fatalf("Acquire = %v, want HeldError", err)
	}
	for held != nil {
		held = nil
		if _, err := two.Acquire(ctx, 0, beat.Holder{ID: uuid.New()}, ttl, 0); err != nil && !errors.As(err, &held) {
			t.Fatal(err)
		}
	}
	if waited := time.Since(seen); waited < ttl {
		t.Errorf("taken over after %v, want %v at least", waited, ttl)
	}
	if _, err := one.Renew(ctx, own, ttl); !errors.Is(err, beat.ErrFenced) {
		t.Errorf("Renew by the former leader = %v, want ErrFenced", err)
	}
}

// TestCheckpoints: the log does not grow without end, and a new beat reads the same from what is left.
func TestCheckpoints(t *testing.T) {
	t.Parallel()
	e := &enginetest.Memory{Limit: 1024}
	mem := memstore.New()
	entry, err := mem.Add(t.Context(), beat.Entry{Name: "one", Task: "t", Enabled: true, Active: true})
	if err != nil {
		t.Fatal(err)
	}
	log := claimlog.New(e, entries{mem})
	ctx := t.Context()
	own, err := log.Acquire(ctx, 0, beat.Holder{ID: uuid.New()}, time.Hour, 0)
	if err != nil {
		t.Fatal(err)
	}
	const claims = 2000
	var prev time.Time
	to := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	most := 0
	for range claims {
		b := beat.Batch{ID: uuid.New(), Decisions: []beat.Decision{{ID: entry.ID, Prev: prev, To: to, Fire: true}}}
		taken, err := log.Claim(ctx, own, b)
		if err != nil || !slices.Equal(taken, []beat.EntryID{entry.ID}) {
			t.Fatalf("Claim = %v, %v", taken, err)
		}
		if err := log.Settle(ctx, own, []beat.Settlement{{Batch: b.ID}}); err != nil {
			t.Fatal(err)
		}
		if own, err = log.Renew(ctx, own, time.Hour); err != nil {
			t.Fatal(err)
		}
		most = max(most, e.Len())
		prev, to = to, to.Add(time.Second)
	}
	if most > 3000 {
		t.Errorf("up to %d records were kept of %d", most, 3*claims)
	}
	cursors, err := claimlog.New(e, entries{mem}).Get(ctx, []beat.EntryID{entry.ID})
	if c := cursors[entry.ID]; err != nil || c.Fires != claims || !c.DecidedTo.Equal(prev) {
		t.Errorf("cursor %+v, %v, want %d runs up to %v", c, err, claims, prev)
	}
}
