package claimlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// Acquire takes the lease of a shard, and does first what the former holder left to be switched off.
func (l *Log) Acquire(
	ctx context.Context, shard int, by beat.Holder, ttl time.Duration, atLeast int64,
) (beat.Lease, error) {
	end, err := l.begin(ctx, true)
	if err != nil {
		return beat.Lease{}, err
	}
	defer end()
	for {
		own, err := l.take(ctx, shard, by, ttl, atLeast)
		if errors.Is(err, errBeaten) {
			continue
		}
		if err != nil {
			return beat.Lease{}, fmt.Errorf("acquire shard %d: %w", shard, err)
		}
		if err := l.switchOff(ctx, shard); err != nil {
			return beat.Lease{}, fmt.Errorf("acquire shard %d: %w", shard, err)
		}
		return own, nil
	}
}

// take writes a lease if it is free.
func (l *Log) take(ctx context.Context, shard int, by beat.Holder, ttl time.Duration, atLeast int64) (beat.Lease, error) {
	at, hasClock, err := l.clock(ctx)
	if err != nil {
		return beat.Lease{}, err
	}
	var former lease
	if known := l.st.Leases[shard]; known != nil {
		former = *known
	}
	if former.Holder != by.ID && former.held(at, hasClock) {
		return beat.Lease{}, &beat.HeldError{By: former.Name, Until: former.Expires}
	}
	own := beat.Lease{
		Shard: shard, Epoch: max(former.Epoch, atLeast-1) + 1, Holder: by.ID, Expires: stamp(at.Add(ttl)),
	}
	err = l.insert(ctx, entry{
		ID: uuid.New(), Kind: kindLease, Shard: shard, Epoch: own.Epoch, Holder: by.ID, Name: by.Name,
		At: micros(at), Expires: micros(own.Expires), TTL: ttl.Microseconds(),
	})
	return own, err
}

// held tells whether somebody has the lease. Without a clock of the database it is gone once this process has seen it
// unchanged for its time to live, so that clocks which disagree end no lease early.
func (l *lease) held(at time.Time, hasClock bool) bool {
	switch {
	case l.Holder == uuid.Nil:
		return false
	case hasClock:
		return l.Expires.After(at)
	}
	return time.Since(l.seen) < l.TTL
}

// clock returns the time of the engine, or of the process if the engine has none.
func (l *Log) clock(ctx context.Context) (at time.Time, hasClock bool, err error) {
	at, err = l.engine.Now(ctx)
	if errors.Is(err, beat.ErrNoClock) {
		return stamp(time.Now()), false, nil
	}
	return stamp(at), err == nil, err
}

// Renew moves the end of the lease. It is also when the log is tidied.
func (l *Log) Renew(ctx context.Context, own beat.Lease, ttl time.Duration) (beat.Lease, error) {
	end, err := l.begin(ctx, true)
	if err != nil {
		return beat.Lease{}, err
	}
	defer end()
	if err := l.remembered(ctx); err != nil {
		return beat.Lease{}, fmt.Errorf("renew: %w", err)
	}
	longer, err := l.prolong(ctx, own, func(_ *lease, at time.Time) (time.Time, error) {
		return at.Add(ttl), l.switchOff(ctx, own.Shard)
	})
	if err != nil {
		return beat.Lease{}, fmt.Errorf("renew: %w", err)
	}
	if err := l.file(ctx); err != nil {
		return longer, err
	}
	return longer, l.checkpoint(ctx)
}

// Extend keeps the lease behind a batch; see beat.Extender.
func (l *Log) Extend(ctx context.Context, own beat.Lease, batch uuid.UUID, until time.Time) (beat.Lease, error) {
	end, err := l.begin(ctx, true)
	if err != nil {
		return beat.Lease{}, err
	}
	defer end()
	longer, err := l.prolong(ctx, own, func(known *lease, _ time.Time) (time.Time, error) {
		switch {
		case !l.st.sends(own, batch):
			return time.Time{}, fmt.Errorf("batch %s: %w", batch, beat.ErrNotFound)
		case !known.Expires.Before(stamp(until)):
			return time.Time{}, nil
		}
		return stamp(until), nil
	})
	if err != nil {
		return beat.Lease{}, fmt.Errorf("extend the lease: %w", err)
	}
	return longer, nil
}

// prolong moves the end of a lease to what until returns; zero leaves it. until is asked again after other records, and
// only while the lease holds.
func (l *Log) prolong(
	ctx context.Context, own beat.Lease, until func(known *lease, at time.Time) (time.Time, error),
) (beat.Lease, error) {
	for {
		known := l.st.Leases[own.Shard]
		if !l.st.holds(own) {
			return beat.Lease{}, fenced(own)
		}
		if known.Renewals < own.Renewals {
			return beat.Lease{}, fmt.Errorf("renewal %d is forgotten: %w", own.Renewals, beat.ErrFenced)
		}
		at, _, err := l.clock(ctx)
		if err != nil {
			return beat.Lease{}, err
		}
		to, err := until(known, at)
		if err != nil {
			return beat.Lease{}, err
		}
		if !to.IsZero() {
			e := l.record(kindRenew, own, at)
			e.Expires, e.TTL = micros(to), to.Sub(at).Microseconds()
			err = l.insert(ctx, e)
		}
		if errors.Is(err, errBeaten) {
			continue
		}
		if err != nil {
			return beat.Lease{}, err
		}
		known = l.st.Leases[own.Shard] // the state may be another one by now
		own.Expires, own.Renewals = known.Expires, known.Renewals
		return own, nil
	}
}

// remembered makes sure that the database still has the newest record that was read; it may have lost its last commits.
func (l *Log) remembered(ctx context.Context) error {
	if l.last == uuid.Nil {
		return nil
	}
	found, err := l.engine.After(ctx, seriesLog, l.st.Seq-1, 1)
	if err != nil {
		return fmt.Errorf("look for record %d of the claim log: %w", l.st.Seq, err)
	}
	if len(found) == 1 && found[0].Seq == l.st.Seq {
		if e, err := decode(found[0]); err == nil && e.ID == l.last {
			return nil
		}
	}
	newest, _, err := l.newest(ctx)
	if err != nil || newest.Seq >= l.st.Seq {
		return err
	}
	seq := l.st.Seq
	l.st, l.last, l.doubtful = newState(), uuid.Nil, true
	return fmt.Errorf("record %d of the claim log is forgotten: %w", seq, beat.ErrFenced)
}

// Release gives the lease up.
func (l *Log) Release(ctx context.Context, own beat.Lease) error {
	end, err := l.begin(ctx, false)
	if err != nil {
		return err
	}
	defer end()
	at, _, err := l.clock(ctx)
	if err != nil {
		return fmt.Errorf("release: %w", err)
	}
	return l.append(ctx, own, func() (entry, bool, error) { return l.record(kindRelease, own, at), true, nil })
}

// Leader returns the lease of a shard as it stands.
func (l *Log) Leader(ctx context.Context, shard int) (beat.LeaseState, error) {
	end, err := l.begin(ctx, true)
	if err != nil {
		return beat.LeaseState{}, err
	}
	defer end()
	known := l.st.Leases[shard]
	if known == nil || known.Epoch == 0 {
		return beat.LeaseState{}, fmt.Errorf("leader of shard %d: %w", shard, beat.ErrNotFound)
	}
	at, hasClock, err := l.clock(ctx)
	if err != nil {
		return beat.LeaseState{}, fmt.Errorf("leader of shard %d: %w", shard, err)
	}
	return beat.LeaseState{
		Lease: beat.Lease{
			Shard: shard, Epoch: known.Epoch, Holder: known.Holder, Expires: known.Expires, Renewals: known.Renewals,
		},
		Name: known.Name, GrantedAt: known.GrantedAt, Held: known.held(at, hasClock),
	}, nil
}

// record is the beginning of a record of a leader.
func (l *Log) record(k kind, own beat.Lease, at time.Time) entry {
	return entry{ID: uuid.New(), Kind: k, Shard: own.Shard, Epoch: own.Epoch, Holder: own.Holder, At: micros(at)}
}

// append writes what make returns as long as the lease holds; make is asked again after other records, and says whether
// anything is to be written. That a record gets its place shows that all before it was read. Where nothing is written, or
// the lease seems lost, that has to be made sure of: another handle may lead by the same lease.
func (l *Log) append(ctx context.Context, own beat.Lease, make func() (entry, bool, error)) error {
	for fresh := false; ; fresh = true {
		if l.st.holds(own) {
			e, write, err := make()
			if err != nil || !write && fresh {
				return err
			}
			if write {
				if err := l.insert(ctx, e); !errors.Is(err, errBeaten) {
					return err
				}
				continue // the state was read anew
			}
		} else if fresh {
			return fenced(own)
		}
		if err := l.readOn(ctx); err != nil {
			return err
		}
	}
}

func fenced(own beat.Lease) error {
	return fmt.Errorf("shard %d, epoch %d: %w", own.Shard, own.Epoch, beat.ErrFenced)
}
