package beat

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gobeat/gobeat/broker/message"
)

const standbyPoll = time.Second // between two attempts at a lease that is held

// errLapsed is the cause of a term that ended because the broker may have lost what it confirmed.
var errLapsed = errors.New("the broker may have lost messages that it had confirmed")

// moment is an instant by the clocks that no step of the time of day reaches.
type moment struct {
	at time.Time     // with its monotonic reading
	up time.Duration // by Config.Uptime
}

// term is one time of leadership.
type term struct {
	lease Lease
	since moment // before the lease was asked for
}

// sequel is what a term leaves to the next one of the same beat: it is to follow at once, under the same lease but with a
// larger epoch.
type sequel struct {
	keep    bool  // the lease
	atLeast int64 // the epoch
}

// sequelOf tells how it goes on after a term. That the broker follows nobody or another, or may have lost something, is
// no reason to leave to others: as long as the store says that this beat leads, it shuts out everybody else anew.
func (s *seat) sequelOf(t term, cause error) sequel {
	var next sequel
	fenced, ok := errors.AsType[*message.FencedError](cause)
	switch {
	case ok:
		if fenced.Epoch == 0 {
			s.lapsed.Store(true) // its state is gone, so its memory is
		}
		next = sequel{keep: true, atLeast: fenced.Epoch + 1}
	case errors.Is(cause, errLapsed):
		s.lapsed.Store(true)
		next = sequel{keep: true}
	case errors.Is(cause, errRewound):
		next = sequel{keep: true, atLeast: t.lease.Epoch + 1}
	}
	return next
}

// run stands by and leads until ctx ends.
func (s *seat) run(ctx context.Context) {
	var watching sync.WaitGroup
	// The lock outlives ctx: it is given up after the lease.
	vigil, endVigil := context.WithCancel(context.WithoutCancel(ctx))
	defer endVigil()
	if s.watchman != nil {
		watching.Go(func() { s.watchman.run(vigil) })
	}
	s.takeTurns(ctx)
	endVigil()
	watching.Wait()
	s.status.enter(StateStopped, 0, s.cfg.Clock())
}

func (s *seat) takeTurns(ctx context.Context) {
	wait := newBackoff()
	var next sequel
	for {
		s.status.enter(StateStandby, 0, s.cfg.Clock())
		term, ok := s.standBy(ctx, next)
		if !ok {
			return
		}
		cause := s.lead(ctx, term)
		s.crew.leave(s.shard)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(cause, errShareOver) && s.watchman.locked() {
			s.watchman.giveUp() // the lock goes where the shard goes
		}
		s.log.Warn("stopped leading", "epoch", term.lease.Epoch, "cause", cause)
		next = s.sequelOf(term, cause)
		if time.Since(term.since.at) > time.Minute {
			wait.reset()
		}
		if !wait.wait(ctx) {
			return
		}
	}
}

// standBy waits for the lease. It returns false when ctx ended first.
func (s *seat) standBy(ctx context.Context, next sequel) (term, bool) {
	w := &waiting{seat: s, trouble: s.trouble(withStore), backoff: newBackoff()}
	if s.watchman != nil && !s.watchman.locked() && !next.keep && !s.watchman.wait(ctx, vigilStart) {
		return term{}, false
	}
	for {
		t, ok := w.try(ctx, next.atLeast)
		if ok {
			return t, true
		}
		if ctx.Err() != nil {
			return term{}, false
		}
		if w.failed && !w.backoff.wait(ctx) || !w.failed && !s.watchman.wait(ctx, standbyPoll) {
			return term{}, false
		}
	}
}

// waiting is a seat that stands by.
type waiting struct {
	*seat

	trouble *trouble
	backoff *backoff
	failed  bool      // the store did not answer the last attempt
	told    string    // who leads
	free    time.Time // since when nobody leads though others should, by the monotonic clock; zero: somebody does
}

// try asks for the lease once.
func (w *waiting) try(ctx context.Context, atLeast int64) (term, bool) {
	if !w.crew.take(w.shard) {
		if !w.abandoned(ctx) {
			return term{}, false
		}
		w.crew.claim(w.shard)
	}
	locked := w.watchman.locked()
	t, err := w.acquire(ctx, atLeast, locked)
	if w.note(ctx, "ask for the lease", err); err == nil {
		return t, true
	}
	w.crew.leave(w.shard)
	if held, ok := errors.AsType[*HeldError](err); ok {
		w.follow(held.By)
		if locked { // a lock that came meanwhile is that of the leader, who is gone
			w.watchman.giveUp() // somebody leads without it
		}
	}
	return term{}, false
}

// note takes in how the store answered.
func (w *waiting) note(ctx context.Context, doing string, err error) {
	_, held := errors.AsType[*HeldError](err)
	w.failed = err != nil && !held
	switch {
	case !w.failed:
		w.trouble.worked()
		w.status.update(func(h *Health) { h.Store = "" }) // what a former term was in trouble with is over too
		w.backoff.reset()
	case ctx.Err() == nil:
		w.trouble.failed(doing, err)
	}
}

// follow tells once who leads.
func (w *waiting) follow(leader string) {
	if w.told == leader {
		return
	}
	w.told = leader
	w.status.update(func(h *Health) { h.Leader = leader })
	w.log.Info("standing by, another beat leads", "leader", leader)
}

// abandoned tells whether a shard that is meant for others has to be taken all the same: its leader is dead, or nobody
// has taken it for as long as a lease lasts.
func (w *waiting) abandoned(ctx context.Context) bool {
	call, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	locked := w.watchman.locked()
	st, err := w.cfg.Store.Leader(call, w.shard)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	if w.note(ctx, "ask who leads", err); err != nil {
		return false
	}
	if st.Held {
		w.free = time.Time{}
		w.follow(st.Name)
		if locked && !st.Locked {
			w.watchman.giveUp()
		}
		return locked && st.Locked
	}
	if w.free.IsZero() {
		w.free = time.Now()
	}
	return time.Since(w.free) > w.cfg.LeaseTTL
}

// acquire asks for the lease as one that holds the lock, or does not.
func (s *seat) acquire(ctx context.Context, atLeast int64, locked bool) (term, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	start := s.moment()
	by := s.holder
	by.Locked = locked
	lease, err := s.cfg.Store.Acquire(ctx, s.shard, by, s.cfg.LeaseTTL, atLeast)
	if err != nil {
		return term{}, err
	}
	s.clocks.learn(lease, s.cfg.LeaseTTL, start.at)
	return term{lease: lease, since: start}, nil
}

func (s *seat) moment() moment { return moment{at: time.Now(), up: s.cfg.Uptime()} }
