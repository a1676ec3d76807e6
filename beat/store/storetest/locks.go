package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// lockCases are the tests of stores that are a beat.Vigil.
var lockCases = []testCase{ //nolint:gochecknoglobals // a table of tests
	{"V1 one process at a time holds the lock", lockExcludes},
	{"V2 waiting for the lock ends with its context", lockCancelled},
	{"V3 locks of shards are independent", lockShards},
	{"V4 who has the lock takes the lease of one that had it", lockTakesLease},
	{"V5 the lock does not take the lease of one that never had it", lockLeavesLease},
}

// vigils returns both stores as far as they have locks; else it skips the test.
func (e *env) vigils() (a, b beat.Vigil) {
	e.Helper()
	e.needs("Locks", e.a.Features().Locks)
	a, okA := e.a.(beat.Vigil)
	b, okB := e.b.(beat.Vigil)
	if !okA || !okB {
		e.Fatal("Features.Locks is set, and the store is no beat.Vigil")
	}
	return a, b
}

func (e *env) lock(v beat.Vigil, shard int) beat.Lock {
	e.Helper()
	l, err := v.Lock(e.ctx, shard)
	e.noErr(err)
	return l
}

func lockExcludes(e *env) {
	a, b := e.vigils()
	first := e.lock(a, 0)
	got := make(chan beat.Lock, 1)
	failed := make(chan error, 1)
	go func() {
		l, err := b.Lock(e.ctx, 0)
		if err != nil {
			failed <- err
			return
		}
		got <- l
	}()
	select {
	case <-got:
		e.Fatal("two hold the lock")
	case err := <-failed:
		e.Fatal(err)
	case <-time.After(100 * time.Millisecond): // nothing tells that the other waits
	}
	first.Unlock()
	select {
	case <-first.Lost():
	case <-e.ctx.Done():
		e.Fatal("Lost is open after Unlock")
	}
	select {
	case second := <-got:
		second.Unlock()
		second.Unlock() // idempotent
	case err := <-failed:
		e.Fatal(err)
	}
}

func lockCancelled(e *env) {
	a, b := e.vigils()
	first := e.lock(a, 0)
	ctx, cancel := context.WithTimeout(e.ctx, 50*time.Millisecond)
	defer cancel()
	if _, err := b.Lock(ctx, 0); err == nil {
		e.Error("two hold the lock")
	}
	first.Unlock()
	e.lock(b, 0).Unlock() // the one that gave up is not in the way
}

func lockShards(e *env) {
	a, b := e.vigils()
	first, second := e.lock(a, 0), e.lock(b, 1)
	first.Unlock()
	second.Unlock()
}

func lockTakesLease(e *env) {
	e.vigils()
	dead, err := e.a.Acquire(e.ctx, 0, beat.Holder{ID: uuid.New(), Name: "dead"}, forever, 0)
	e.noErr(err)
	dead.Locked = true
	renewed, err := e.a.Renew(e.ctx, dead, forever)
	e.noErr(err)
	if !renewed.Locked {
		e.Error("renewing does not note the lock")
	}
	next, err := e.b.Acquire(e.ctx, 0, beat.Holder{ID: uuid.New(), Name: "next", Locked: true}, forever, 0)
	e.noErr(err)
	if next.Epoch <= dead.Epoch || !next.Locked {
		e.Errorf("lease %+v after %+v", next, dead)
	}
	if _, err := e.a.Renew(e.ctx, renewed, forever); !errors.Is(err, beat.ErrFenced) {
		e.Errorf("the dead one renews: %v", err)
	}
}

func lockLeavesLease(e *env) {
	e.vigils()
	l, err := e.a.Acquire(e.ctx, 0, beat.Holder{ID: uuid.New(), Name: "alive"}, forever, 0)
	e.noErr(err)
	_, err = e.b.Acquire(e.ctx, 0, beat.Holder{ID: uuid.New(), Locked: true}, forever, 0)
	if held, ok := errors.AsType[*beat.HeldError](err); !ok || held.By != "alive" {
		e.Errorf("got %v, want that alive holds the lease", err)
	}
	l.Locked = true
	l, err = e.a.Renew(e.ctx, l, forever)
	e.noErr(err)
	if _, err = e.b.Acquire(e.ctx, 0, beat.Holder{ID: uuid.New()}, forever, 0); err == nil {
		e.Error("without the lock the lease was taken")
	}
	e.noErr(e.a.Release(e.ctx, l))
	again, err := e.b.Acquire(e.ctx, 0, beat.Holder{ID: uuid.New()}, forever, 0)
	e.noErr(err)
	if again.Locked {
		e.Errorf("lease %+v remembers the lock of another", again)
	}
}
