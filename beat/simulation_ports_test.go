package beat_test

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/message"
)

type faultyStore struct {
	beat.Store
	p *process
}

func (s *faultyStore) Acquire(
	ctx context.Context, shard int, by beat.Holder, ttl time.Duration, atLeast int64,
) (beat.Lease, error) {
	return call(ctx, s.p, at("acquire", shard), func(ctx context.Context) (beat.Lease, error) {
		return s.Store.Acquire(ctx, shard, by, ttl, atLeast)
	})
}

// Lock is lost when the process dies.
func (s *faultyStore) Lock(ctx context.Context, shard int) (beat.Lock, error) {
	return call(ctx, s.p, at("lock", shard), func(context.Context) (beat.Lock, error) {
		l, err := s.Store.(beat.Vigil).Lock(ctx, shard)
		if err != nil {
			return nil, err
		}
		s.p.mu.Lock()
		defer s.p.mu.Unlock()
		s.p.locks = append(s.p.locks, l)
		if s.p.killed {
			l.Unlock()
			return nil, beat.ErrClosed
		}
		return l, nil
	})
}

func (s *faultyStore) Renew(ctx context.Context, l beat.Lease, ttl time.Duration) (beat.Lease, error) {
	return call(ctx, s.p, at("renew", l.Shard), func(ctx context.Context) (beat.Lease, error) { return s.Store.Renew(ctx, l, ttl) })
}

func (s *faultyStore) Claim(ctx context.Context, l beat.Lease, b beat.Batch) ([]beat.EntryID, error) {
	return call(ctx, s.p, at("claim", l.Shard), func(ctx context.Context) ([]beat.EntryID, error) {
		taken, err := s.Store.Claim(ctx, l, b)
		s.p.w.noteAnchors(b, taken)
		return taken, err
	})
}

func (s *faultyStore) Settle(ctx context.Context, l beat.Lease, done []beat.Settlement) error {
	_, err := call(ctx, s.p, at("settle", l.Shard), func(ctx context.Context) (bool, error) { return true, s.Store.Settle(ctx, l, done) })
	return err
}

func (s *faultyStore) Unsettled(ctx context.Context, l beat.Lease) ([]beat.OpenBatch, error) {
	return call(ctx, s.p, at("unsettled", l.Shard), func(ctx context.Context) ([]beat.OpenBatch, error) { return s.Store.Unsettled(ctx, l) })
}

func (s *faultyStore) Settled(ctx context.Context, l beat.Lease, since time.Duration) ([]beat.OpenBatch, error) {
	return call(ctx, s.p, at("settled", l.Shard), func(ctx context.Context) ([]beat.OpenBatch, error) { return s.Store.Settled(ctx, l, since) })
}

func (s *faultyStore) Leader(ctx context.Context, shard int) (beat.LeaseState, error) {
	return call(ctx, s.p, at("leader", shard), func(ctx context.Context) (beat.LeaseState, error) { return s.Store.Leader(ctx, shard) })
}

func (s *faultyStore) Muster(ctx context.Context, m beat.Member, ttl time.Duration) ([]beat.Member, error) {
	return call(ctx, s.p, "muster", func(ctx context.Context) ([]beat.Member, error) { return s.Store.Muster(ctx, m, ttl) })
}

func (s *faultyStore) Release(ctx context.Context, l beat.Lease) error {
	_, err := call(ctx, s.p, at("release", l.Shard), func(ctx context.Context) (bool, error) { return true, s.Store.Release(ctx, l) })
	return err
}

func (s *faultyStore) Lookup(ctx context.Context, id beat.EntryID) (beat.Entry, error) {
	return call(ctx, s.p, "lookup", func(ctx context.Context) (beat.Entry, error) { return s.Store.Lookup(ctx, id) })
}

func (s *faultyStore) Get(ctx context.Context, ids []beat.EntryID) (map[beat.EntryID]beat.Cursor, error) {
	return call(ctx, s.p, "get", func(ctx context.Context) (map[beat.EntryID]beat.Cursor, error) { return s.Store.Get(ctx, ids) })
}

func (s *faultyStore) Latest(ctx context.Context) (beat.Version, error) {
	return call(ctx, s.p, "latest", s.Store.Latest)
}

type faultyPublisher struct {
	beat.Publisher
	p     *process
	shard int
}

func (f *faultyPublisher) TakeOver(ctx context.Context, fence message.Fence) error {
	_, err := call(ctx, f.p, at("take over", f.shard), func(ctx context.Context) (bool, error) { return true, f.Publisher.TakeOver(ctx, fence) })
	return err
}

func (f *faultyPublisher) Publish(ctx context.Context, b message.Batch) ([]message.Outcome, error) {
	out, err := call(ctx, f.p, at("publish", f.shard), func(ctx context.Context) ([]message.Outcome, error) {
		f.p.w.lookForEarly(b)
		return f.Publisher.Publish(ctx, b)
	})
	if out == nil {
		out = make([]message.Outcome, len(b.Messages))
	}
	return out, err
}

func (f *faultyPublisher) Lookup(ctx context.Context, id uuid.UUID, n int) ([]message.Outcome, error) {
	return call(ctx, f.p, at("look up", f.shard), func(ctx context.Context) ([]message.Outcome, error) { return f.Publisher.Lookup(ctx, id, n) })
}

func (f *faultyPublisher) Check(ctx context.Context) error {
	_, err := call(ctx, f.p, at("check", f.shard), func(ctx context.Context) (bool, error) { return true, f.Publisher.Check(ctx) })
	return err
}

// Lapses is what the publisher inside tells; the embedded interface does not have it.
func (f *faultyPublisher) Lapses() <-chan struct{} { return f.Publisher.(beat.Memory).Lapses() }

func (w *world) lookForEarly(b message.Batch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range b.Messages {
		at := headerOf(b.Messages[i], beat.HeaderScheduledFor)
		if b.Skipped(i) || at == "" {
			continue
		}
		// A local clock may be ahead by what passes for agreement.
		if due, err := time.Parse(time.RFC3339Nano, at); err != nil || time.Until(due) > 500*time.Millisecond {
			w.early = append(w.early, fmt.Sprintf("%s was published at %s", at, time.Now()))
		}
	}
}
