package beat_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/memstore"
)

// slowRefusal is a store whose first refusal of a lease arrives late.
type slowRefusal struct {
	*memstore.Store

	refused chan struct{} // is closed when the answer is on its way
	arrive  chan struct{}
	first   bool
}

func (s *slowRefusal) Acquire(
	ctx context.Context, shard int, by beat.Holder, ttl time.Duration, atLeast int64,
) (beat.Lease, error) {
	l, err := s.Store.Acquire(ctx, shard, by, ttl, atLeast)
	if _, ok := errors.AsType[*beat.HeldError](err); ok && !s.first {
		s.first = true
		close(s.refused)
		<-s.arrive
	}
	return l, err
}

// R11: the leader died while a standby's question was on its way. The refusal is of before that; whoever took it as the
// word of a leader without the lock gave up the lock with which it then led, and the next standby took the lease.
func TestLockThatCameWithAnOldRefusalIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		former := r.store.Handle()
		lock, err := former.Lock(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		by := beat.Holder{ID: uuid.New(), Name: "first", Locked: true}
		if _, err := former.Acquire(t.Context(), 0, by, time.Hour, 0); err != nil {
			t.Fatal(err)
		}
		slow := &slowRefusal{Store: r.store.Handle(), refused: make(chan struct{}), arrive: make(chan struct{})}
		stop := r.start(func(c *beat.Config) { c.Store, c.HolderName = slow, "second" })
		defer stop()
		<-slow.refused
		defer r.start(func(c *beat.Config) { c.HolderName = "third" })()
		time.Sleep(2 * time.Second) // it waits for the lock behind the second
		lock.Unlock()
		synctest.Wait() // the second has the lock
		close(slow.arrive)
		time.Sleep(10 * time.Second)
		if l := r.leader(); l.Name != "second" || l.Epoch != 2 {
			t.Errorf("%s leads with epoch %d, not the second with epoch 2", l.Name, l.Epoch)
		}
	})
}
