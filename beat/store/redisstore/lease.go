package redisstore

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// keepSettled is how long a settled batch is remembered, so that a claim whose answer was lost is recognised.
const keepSettled = time.Minute

// Acquire takes the lease of a shard.
func (s *Store) Acquire(
	ctx context.Context, shard int, by beat.Holder, ttl time.Duration, atLeast int64,
) (beat.Lease, error) {
	reply, err := s.run(ctx, "acquire", shard, by.ID.String(), by.Name, flag(by.Locked), ttl.Microseconds(), atLeast)
	if err != nil {
		return beat.Lease{}, fmt.Errorf("acquire shard %d: %w", shard, err)
	}
	got := Words(reply)
	if len(got) != 3 {
		return beat.Lease{}, fmt.Errorf("acquire shard %d: the answer has %d parts, want 3", shard, len(got))
	}
	until, err := instant(got[2])
	if err != nil {
		return beat.Lease{}, fmt.Errorf("acquire shard %d: %w", shard, err)
	}
	if got[0] == "held" {
		return beat.Lease{}, fmt.Errorf("acquire shard %d: %w", shard, &beat.HeldError{By: got[1], Until: until})
	}
	epoch, err := strconv.ParseInt(got[1], 10, 64)
	if err != nil {
		return beat.Lease{}, fmt.Errorf("acquire shard %d: epoch: %w", shard, err)
	}
	return beat.Lease{Shard: shard, Epoch: epoch, Holder: by.ID, Expires: until, Locked: by.Locked}, nil
}

// Renew moves the end of the lease.
func (s *Store) Renew(ctx context.Context, l beat.Lease, ttl time.Duration) (beat.Lease, error) {
	reply, err := s.run(ctx, "renew", l.Shard, l.Epoch, l.Holder.String(), flag(l.Locked), ttl.Microseconds(), l.Renewals,
		keepSettled.Microseconds())
	if err != nil {
		return beat.Lease{}, fmt.Errorf("renew: %w", err)
	}
	got := Words(reply)
	switch {
	case len(got) == 1 && got[0] == "fenced":
		return beat.Lease{}, fmt.Errorf("renew shard %d, epoch %d: %w", l.Shard, l.Epoch, beat.ErrFenced)
	case len(got) == 1:
		return beat.Lease{}, fmt.Errorf("renew: renewal %d is forgotten: %w", l.Renewals, beat.ErrFenced)
	case len(got) != 3:
		return beat.Lease{}, fmt.Errorf("renew: the answer has %d parts, want 3", len(got))
	}
	return renewed(l, got)
}

// Extend moves the end of the lease while a batch that was claimed under it is not settled.
func (s *Store) Extend(ctx context.Context, l beat.Lease, batch uuid.UUID, until time.Time) (beat.Lease, error) {
	reply, err := s.run(ctx, "extend", l.Shard, l.Epoch, l.Holder.String(), batch.String(), micros(until))
	if err != nil {
		return beat.Lease{}, fmt.Errorf("extend: %w", err)
	}
	got := Words(reply)
	switch {
	case len(got) == 1 && got[0] == "fenced":
		return beat.Lease{}, fmt.Errorf("extend shard %d, epoch %d: %w", l.Shard, l.Epoch, beat.ErrFenced)
	case len(got) == 1:
		return beat.Lease{}, fmt.Errorf("extend: batch %s is settled or unknown: %w", batch, beat.ErrNotFound)
	case len(got) != 3:
		return beat.Lease{}, fmt.Errorf("extend: the answer has %d parts, want 3", len(got))
	}
	return renewed(l, got)
}

// renewed reads the end of a lease and the number of its renewals, which stand behind a word.
func renewed(l beat.Lease, got []string) (beat.Lease, error) {
	var err error
	if l.Expires, err = instant(got[1]); err != nil {
		return beat.Lease{}, fmt.Errorf("end of the lease: %w", err)
	}
	if l.Renewals, err = strconv.ParseInt(got[2], 10, 64); err != nil {
		return beat.Lease{}, fmt.Errorf("number of renewals: %w", err)
	}
	return l, nil
}

// Release gives the lease up.
func (s *Store) Release(ctx context.Context, l beat.Lease) error {
	return s.order(ctx, fmt.Sprintf("release shard %d, epoch %d", l.Shard, l.Epoch), "release",
		l.Shard, l.Epoch, l.Holder.String())
}

// Leader returns the lease of a shard as it stands.
func (s *Store) Leader(ctx context.Context, shard int) (beat.LeaseState, error) {
	reply, err := s.run(ctx, "leader", shard)
	if err != nil {
		return beat.LeaseState{}, fmt.Errorf("leader of shard %d: %w", shard, err)
	}
	got := Words(reply)
	if len(got) == 0 {
		return beat.LeaseState{}, fmt.Errorf("leader of shard %d: %w", shard, beat.ErrNotFound)
	}
	st, err := leaseState(shard, got)
	if err != nil {
		return beat.LeaseState{}, fmt.Errorf("leader of shard %d: %w", shard, err)
	}
	return st, nil
}

// leaseState reads the answer of leader.lua.
func leaseState(shard int, got []string) (beat.LeaseState, error) {
	if len(got) != 8 {
		return beat.LeaseState{}, fmt.Errorf("the lease has %d parts, want 8", len(got))
	}
	st := beat.LeaseState{Lease: beat.Lease{Shard: shard, Locked: got[5] == "1"}, Name: got[2]}
	var err error
	if st.Epoch, err = strconv.ParseInt(got[0], 10, 64); err != nil {
		return st, fmt.Errorf("epoch: %w", err)
	}
	if got[1] != "" { // released otherwise
		if st.Holder, err = uuid.Parse(got[1]); err != nil {
			return st, fmt.Errorf("holder: %w", err)
		}
	}
	at, err := instants(got[3], got[4], got[7])
	if err != nil {
		return st, err
	}
	st.Expires, st.GrantedAt = at[0], at[1]
	st.Held = st.Holder != uuid.Nil && st.Expires.After(at[2])
	if st.Renewals, err = strconv.ParseInt(got[6], 10, 64); err != nil {
		return st, fmt.Errorf("number of renewals: %w", err)
	}
	return st, nil
}
