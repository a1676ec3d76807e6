package beat

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	vigilStart = 300 * time.Millisecond // how long a beat that starts waits for the lock before it asks for the lease
	vigilRest  = time.Second            // before a lock that was given up is asked for again, and up to twice that
)

// watchman keeps the lock of a shard, or waits for it: whoever gets it knows that its former keeper is gone. Nothing
// but speed depends on that; who leads is decided by the lease alone. The nil watchman has no lock and never gets one.
type watchman struct {
	vigil Vigil
	shard int
	log   *slog.Logger

	mu      sync.Mutex
	lock    Lock
	changed chan struct{} // receives a value when the lock was taken
	yield   chan struct{} // receives a value when the lock is to be given up
}

// newWatchman returns nil for a store without locks.
func newWatchman(store Store, shard int, log *slog.Logger) *watchman {
	vigil, ok := store.(Vigil)
	if !ok || !store.Features().Locks {
		return nil
	}
	return &watchman{
		vigil: vigil, shard: shard, log: log, changed: make(chan struct{}, 1), yield: make(chan struct{}, 1),
	}
}

// run keeps asking for the lock and holding it until ctx ends.
func (w *watchman) run(ctx context.Context) {
	wait := newBackoff()
	for ctx.Err() == nil {
		lock, err := w.vigil.Lock(ctx, w.shard)
		if err != nil {
			w.log.Debug("cannot wait for the lock of the leader", "error", err)
			if !wait.wait(ctx) {
				return
			}
			continue
		}
		wait.reset()
		w.hold(ctx, lock)
	}
}

// hold keeps a lock until it is lost, to be given up, or ctx ends.
func (w *watchman) hold(ctx context.Context, lock Lock) {
	select {
	case <-w.yield: // it was meant for an earlier lock
	default:
	}
	w.set(lock)
	select {
	case w.changed <- struct{}{}:
	default:
	}
	yield := false
	select {
	case <-ctx.Done():
	case <-lock.Lost():
	case <-w.yield:
		yield = true
	}
	w.set(nil) // before another can have it: who thinks that he has the lock may take the lease of a leader that has it
	lock.Unlock()
	if yield {
		sleep(ctx, vigilRest+rand.N(vigilRest)) //nolint:gosec // jitter needs no secrets
	}
}

func (w *watchman) set(lock Lock) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lock = lock
}

// locked tells whether the lock is held now.
func (w *watchman) locked() bool {
	if w == nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lock != nil
}

// giveUp lets another have the lock: one that leads without it. From now on it does not count as held.
func (w *watchman) giveUp() {
	w.set(nil)
	select {
	case w.yield <- struct{}{}:
	default:
	}
}

// wait returns when the lock was taken, after d, or false when ctx ended first.
func (w *watchman) wait(ctx context.Context, d time.Duration) bool {
	if w == nil {
		return sleep(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-w.changed:
	case <-t.C:
	case <-ctx.Done():
		return false
	}
	return true
}
