package storetest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// Times to live of leases: one that ends within no test, and one that has ended when the call returns.
const (
	forever   = time.Hour
	anInstant = time.Nanosecond
)

var leaseCases = []testCase{ //nolint:gochecknoglobals // a table of tests
	{"L1 only one holder", oneHolder},
	{"L1 of many only one gets it", manyContenders},
	{"L2 an expired lease is handed over", expiry},
	{"L2 the epoch always rises", epochRises},
	{"L3 renew and release after the loss", renewAfterLoss},
	{"L3 renew moves the end", renewMoves},
	{"L3 renewals that are forgotten", renewForgotten},
	{"L18 shards are independent", shards},
	{"L18 namespaces are independent", leaseOfNamespace},
}

func withCancel(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}

func withTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, 10*time.Second)
}

func oneHolder(e *env) {
	if _, err := e.a.Leader(e.ctx, 0); !errors.Is(err, beat.ErrNotFound) {
		e.Errorf("Leader before the first = %v, want ErrNotFound", err)
	}
	first := holder("first")
	l, err := e.a.Acquire(e.ctx, 0, first, forever, 0)
	e.noErr(err)
	if l.Holder != first.ID || l.Epoch < 1 || l.Shard != 0 || !l.Expires.After(e.now(e.a)) {
		e.Errorf("lease %+v", l)
	}
	var held *beat.HeldError
	if _, err := e.b.Acquire(e.ctx, 0, holder("second"), forever, 0); !errors.As(err, &held) {
		e.Fatalf("Acquire by another = %v, want HeldError", err)
	}
	if held.By != "first" || !held.Until.Equal(l.Expires) {
		e.Errorf("held by %q until %v, want first until %v", held.By, held.Until, l.Expires)
	}
	st, err := e.b.Leader(e.ctx, 0)
	e.noErr(err)
	e.equal("leader", st, beat.LeaseState{Lease: l, Name: "first", GrantedAt: st.GrantedAt, Held: true})
	if st.GrantedAt.IsZero() || st.GrantedAt.After(l.Expires) {
		e.Errorf("granted at %v, expires at %v", st.GrantedAt, l.Expires)
	}
}

func manyContenders(e *env) {
	const n = 8
	var wg sync.WaitGroup
	won := make(chan beat.Lease, n)
	for i := range n {
		s := e.a
		if i%2 == 1 {
			s = e.b
		}
		wg.Go(func() {
			l, err := s.Acquire(e.ctx, 0, holder("one of many"), forever, 0)
			var held *beat.HeldError
			switch {
			case err == nil:
				won <- l
			case !errors.As(err, &held):
				e.Errorf("Acquire: %v", err)
			}
		})
	}
	wg.Wait()
	if len(won) != 1 {
		e.Errorf("%d got the lease, want 1", len(won))
	}
}

func expiry(e *env) {
	first := e.lead(e.a, anInstant)
	if st, err := e.b.Leader(e.ctx, 0); err != nil || st.Held {
		e.Errorf("Leader after expiry = %+v, %v, want not held", st, err)
	}
	second := e.lead(e.b, forever)
	if second.Epoch <= first.Epoch {
		e.Errorf("epoch went from %d to %d", first.Epoch, second.Epoch)
	}
}

func epochRises(e *env) {
	var last int64
	next := func(l beat.Lease) {
		e.Helper()
		if l.Epoch <= last {
			e.Errorf("epoch went from %d to %d", last, l.Epoch)
		}
		last = l.Epoch
	}
	me := holder("me")
	for range 2 { // its own lease, again
		l, err := e.a.Acquire(e.ctx, 0, me, forever, 0)
		e.noErr(err)
		next(l)
	}
	l, err := e.a.Acquire(e.ctx, 0, me, forever, 100)
	e.noErr(err)
	next(l)
	if l.Epoch != 100 {
		e.Errorf("epoch is %d, want at least 100 and no more", l.Epoch)
	}
	e.noErr(e.a.Release(e.ctx, l))
	if st, err := e.b.Leader(e.ctx, 0); err != nil || st.Held || st.Epoch != 100 {
		e.Errorf("Leader after release = %+v, %v", st, err)
	}
	l = e.lead(e.b, anInstant)
	next(l)
	e.noErr(e.a.Purge(e.ctx))
	next(e.lead(e.a, anInstant))
	next(e.lead(e.open(e.T, ""), anInstant))
}

func renewAfterLoss(e *env) {
	old := e.lead(e.a, anInstant)
	l, err := e.a.Renew(e.ctx, old, anInstant)
	if err != nil || l.Epoch != old.Epoch {
		e.Errorf("Renew of an expired lease nobody took = %+v, %v", l, err)
	}
	now := e.lead(e.b, forever)
	if _, err := e.a.Renew(e.ctx, old, forever); !errors.Is(err, beat.ErrFenced) {
		e.Errorf("Renew = %v, want ErrFenced", err)
	}
	if err := e.a.Release(e.ctx, old); !errors.Is(err, beat.ErrFenced) {
		e.Errorf("Release = %v, want ErrFenced", err)
	}
	stolen := now
	stolen.Holder = uuid.New()
	if _, err := e.a.Renew(e.ctx, stolen, forever); !errors.Is(err, beat.ErrFenced) {
		e.Errorf("Renew by another holder of the epoch = %v, want ErrFenced", err)
	}
	e.noErr(e.b.Release(e.ctx, now))
	if _, err := e.b.Renew(e.ctx, now, forever); !errors.Is(err, beat.ErrFenced) {
		e.Errorf("Renew after Release = %v, want ErrFenced", err)
	}
}

func renewMoves(e *env) {
	l := e.lead(e.a, time.Minute)
	r, err := e.a.Renew(e.ctx, l, forever)
	e.noErr(err)
	if d := r.Expires.Sub(l.Expires); d < 58*time.Minute {
		e.Errorf("the end moved by %v", d)
	}
	l.Expires, l.Renewals = r.Expires, 1
	e.equal("renewed", r, l)
}

func renewForgotten(e *env) {
	l := e.lead(e.a, forever)
	first, err := e.a.Renew(e.ctx, l, forever)
	e.noErr(err)
	if _, err := e.a.Renew(e.ctx, l, forever); err != nil {
		e.Errorf("Renew after one whose answer was lost: %v", err)
	}
	ahead := first
	ahead.Renewals += 2 // confirmed, and the store knows nothing of it
	if _, err := e.a.Renew(e.ctx, ahead, forever); !errors.Is(err, beat.ErrFenced) {
		e.Errorf("Renew of a lease whose renewals are forgotten = %v, want ErrFenced", err)
	}
	again, err := e.a.Acquire(e.ctx, 0, beat.Holder{ID: l.Holder, Name: "leader"}, forever, 0)
	e.noErr(err)
	if again.Renewals != 0 {
		e.Errorf("a new lease begins with %d renewals", again.Renewals)
	}
	_, err = e.a.Renew(e.ctx, again, forever)
	e.noErr(err)
}

func shards(e *env) {
	l0 := e.lead(e.a, forever)
	l1, err := e.b.Acquire(e.ctx, 1, holder("other"), forever, 0)
	e.noErr(err)
	l1.Shard = 0
	if _, err := e.b.Renew(e.ctx, l1, forever); !errors.Is(err, beat.ErrFenced) {
		e.Errorf("Renew with the lease of another shard = %v, want ErrFenced", err)
	}
	_, err = e.a.Renew(e.ctx, l0, forever)
	e.noErr(err)
}

func leaseOfNamespace(e *env) {
	e.lead(e.a, forever)
	e.lead(e.open(e.T, "other"), forever)
}
