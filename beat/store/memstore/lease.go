package memstore

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// Acquire takes the lease of a shard.
func (s *Store) Acquire(
	ctx context.Context, shard int, by beat.Holder, ttl time.Duration, atLeast int64,
) (beat.Lease, error) {
	unlock, err := s.begin(ctx)
	if err != nil {
		return beat.Lease{}, err
	}
	defer unlock()
	at := now()
	l := s.leases[shard]
	if l == nil {
		l = &beat.LeaseState{}
		s.leases[shard] = l
	}
	if l.Holder != uuid.Nil && l.Holder != by.ID && l.Expires.After(at) && !(l.Locked && by.Locked) {
		return beat.Lease{}, fmt.Errorf("acquire shard %d: %w", shard, &beat.HeldError{By: l.Name, Until: l.Expires})
	}
	l.Lease = beat.Lease{Shard: shard, Epoch: max(l.Epoch, atLeast-1) + 1, Holder: by.ID, Expires: stamp(at.Add(ttl)), Locked: by.Locked}
	l.Name, l.GrantedAt = by.Name, at
	return l.Lease, nil
}

// Renew moves the end of the lease.
func (s *Store) Renew(ctx context.Context, l beat.Lease, ttl time.Duration) (beat.Lease, error) {
	unlock, err := s.begin(ctx)
	if err != nil {
		return beat.Lease{}, err
	}
	defer unlock()
	st, err := s.held(l)
	if err != nil {
		return beat.Lease{}, fmt.Errorf("renew: %w", err)
	}
	if st.Renewals < l.Renewals {
		return beat.Lease{}, fmt.Errorf("renew: renewal %d is forgotten: %w", l.Renewals, beat.ErrFenced)
	}
	st.Expires, st.Locked = stamp(now().Add(ttl)), l.Locked
	st.Renewals++
	s.sweep()
	return st.Lease, nil
}

// Extend keeps the lease behind an unsettled batch.
func (s *Store) Extend(ctx context.Context, l beat.Lease, batch uuid.UUID, until time.Time) (beat.Lease, error) {
	unlock, err := s.begin(ctx)
	if err != nil {
		return beat.Lease{}, err
	}
	defer unlock()
	st, err := s.held(l)
	if err != nil {
		return beat.Lease{}, fmt.Errorf("extend: %w", err)
	}
	if b, ok := s.batches[batch]; !ok || b.shard != l.Shard || b.Epoch != l.Epoch || !b.settled.IsZero() {
		return beat.Lease{}, fmt.Errorf("extend batch %s: %w", batch, beat.ErrNotFound)
	}
	if until = stamp(until); until.After(st.Expires) {
		st.Expires = until
	}
	st.Renewals++
	return st.Lease, nil
}

// Release gives the lease up.
func (s *Store) Release(ctx context.Context, l beat.Lease) error {
	unlock, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	st, err := s.held(l)
	if err != nil {
		return fmt.Errorf("release: %w", err)
	}
	st.Holder, st.Expires, st.Locked = uuid.Nil, now(), false
	return nil
}

// Leader returns the lease of a shard as it stands.
func (s *Store) Leader(ctx context.Context, shard int) (beat.LeaseState, error) {
	unlock, err := s.begin(ctx)
	if err != nil {
		return beat.LeaseState{}, err
	}
	defer unlock()
	l, ok := s.leases[shard]
	if !ok {
		return beat.LeaseState{}, fmt.Errorf("leader of shard %d: %w", shard, beat.ErrNotFound)
	}
	st := *l
	st.Held = st.Holder != uuid.Nil && st.Expires.After(now())
	return st, nil
}

// held returns the lease if it is still the one given; whether it has expired does not matter as long as nobody else
// has taken it.
func (d *data) held(l beat.Lease) (*beat.LeaseState, error) {
	st, ok := d.leases[l.Shard]
	if !ok || st.Epoch != l.Epoch || st.Holder != l.Holder {
		return nil, fmt.Errorf("shard %d, epoch %d: %w", l.Shard, l.Epoch, beat.ErrFenced)
	}
	return st, nil
}
