package gormstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"github.com/gobeat/gobeat/beat"
)

const (
	lockPing  = time.Second     // between two looks whether the connection of a lock still stands
	lockLimit = 5 * time.Second // of such a look
)

var errNoLocks = errors.New("the database has no locks that end with a connection")

// Lock waits until no other process holds the lock of a shard and takes it. The lock has a connection of its own, with
// which it ends. Behind a pooler that gives a connection to several clients in turn it must not be used.
func (s *Store) Lock(ctx context.Context, shard int) (beat.Lock, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	attempt := fmt.Sprintf("wait for the lock of shard %d", shard)
	locks := s.d.locks()
	if locks == nil {
		return nil, fmt.Errorf("%s: %w", attempt, errNoLocks)
	}
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "gobeat/%s/%s/%s/%d", s.cfg.Schema, s.cfg.Prefix, s.cfg.Namespace, shard)
	lock, err := locks.wait(ctx, h.Sum64())
	if err != nil {
		return nil, s.wrap(attempt, err)
	}
	s.listeners.Go(func() { // Close ends it
		select {
		case <-s.listeners.Done():
			lock.Unlock()
		case <-lock.lost:
		}
	})
	return lock, nil
}

// sessionLocks are the locks of a database that end with a connection.
type sessionLocks struct {
	pool *sql.DB
	// take waits some time for the lock of a key and tells whether it was taken and by which session.
	take string
	// session tells the session of the connection, which is another one behind a pooler that changes them.
	session string
	key     func(uint64) any
}

// wait takes the lock of a key on a connection of its own.
func (l *sessionLocks) wait(ctx context.Context, key uint64) (*sessionLock, error) {
	conn, err := l.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	for {
		var taken bool
		var session int64
		if err := conn.QueryRowContext(ctx, l.take, l.key(key)).Scan(&taken, &session); err != nil {
			discard(conn)
			return nil, err
		}
		if taken {
			return l.hold(conn, session), nil //nolint:contextcheck // the lock outlives the waiting for it
		}
	}
}

// hold keeps the connection until Unlock, or until it breaks or leads to another session.
func (l *sessionLocks) hold(conn *sql.Conn, session int64) *sessionLock {
	ctx, cancel := context.WithCancel(context.Background())
	lock := &sessionLock{lost: make(chan struct{}), cancel: cancel}
	lock.done.Go(func() {
		defer close(lock.lost)
		defer discard(conn)
		tick := time.NewTicker(lockPing)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			call, stop := context.WithTimeout(ctx, lockLimit)
			var now int64
			err := conn.QueryRowContext(call, l.session).Scan(&now)
			stop()
			if err != nil || now != session {
				return
			}
		}
	})
	return lock
}

// discard ends the connection, and does not give it back to the pool, because the lock goes with it.
func discard(conn *sql.Conn) {
	// The errors only say how the connection ended.
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = conn.Close()
}

// sessionLock is a lock that ends with its connection.
type sessionLock struct {
	lost   chan struct{}
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// Lost is closed when the lock is no longer held.
func (l *sessionLock) Lost() <-chan struct{} { return l.lost }

// Unlock ends the connection.
func (l *sessionLock) Unlock() {
	l.cancel()
	l.done.Wait()
}
