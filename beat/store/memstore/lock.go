package memstore

import (
	"context"
	"fmt"
	"sync"

	"github.com/gobeat/gobeat/beat"
)

// Lock waits until nobody holds the lock of a shard and takes it. It ends by Unlock only: what shares the memory of a
// store cannot die alone.
func (s *Store) Lock(ctx context.Context, shard int) (beat.Lock, error) {
	unlock, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	held := s.locks[shard]
	if held == nil {
		held = make(chan struct{}, 1)
		s.locks[shard] = held
	}
	unlock()
	select {
	case held <- struct{}{}:
		return &lock{held: held, lost: make(chan struct{})}, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the lock of shard %d: %w", shard, context.Cause(ctx))
	}
}

// lock is a lock that is held until Unlock.
type lock struct {
	held <-chan struct{}
	lost chan struct{}
	once sync.Once
}

// Lost is closed by Unlock.
func (l *lock) Lost() <-chan struct{} { return l.lost }

// Unlock lets the next one have the lock.
func (l *lock) Unlock() {
	l.once.Do(func() {
		close(l.lost)
		<-l.held
	})
}
