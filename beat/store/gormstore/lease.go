package gormstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/models"
)

// Acquire takes the lease of a shard.
func (s *Store) Acquire(
	ctx context.Context, shard int, by beat.Holder, ttl time.Duration, atLeast int64,
) (beat.Lease, error) {
	if err := s.usable(ctx); err != nil {
		return beat.Lease{}, err
	}
	attempt := fmt.Sprintf("acquire the lease of shard %d", shard)
	for {
		// The row lock makes this wait for claims in flight; later ones meet the new epoch.
		end, ok, err := s.d.updateLease(ctx,
			"epoch = case when epoch < ? then ? else epoch end + 1, holder = ?, name = ?, granted_at = "+s.d.clock(0)+
				", expires_at = "+s.d.clock(ttl)+", locked = "+truth(by.Locked)+", renewals = 0",
			"namespace = ? and shard = ? and (holder is null or holder = ? or expires_at <= "+s.d.clock(0)+
				" or (locked and "+truth(by.Locked)+"))",
			atLeast-1, atLeast-1, by.ID.String(), by.Name, s.cfg.Namespace, shard, by.ID.String())
		if err != nil {
			return beat.Lease{}, s.wrap(attempt, err)
		}
		if ok {
			return beat.Lease{Shard: shard, Epoch: end.epoch, Holder: by.ID, Expires: end.expires, Locked: by.Locked}, nil
		}
		st, err := s.Leader(ctx, shard)
		switch {
		case errors.Is(err, beat.ErrNotFound):
			if err := s.firstLease(ctx, shard); err != nil {
				return beat.Lease{}, s.wrap(attempt, err)
			}
		case err != nil:
			return beat.Lease{}, err
		case st.Held:
			return beat.Lease{}, s.wrap(attempt, &beat.HeldError{By: st.Name, Until: st.Expires})
		}
	}
}

// truth is an SQL constant that every dialect knows.
func truth(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// firstLease makes the row of a shard, held by nobody; another may be faster.
func (s *Store) firstLease(ctx context.Context, shard int) error {
	err := s.gorm.WithContext(ctx).Exec(
		s.sql("insert into ${prefix}beat_lease (namespace, shard, epoch, expires_at) values (?, ?, 0, "+s.d.clock(0)+")"),
		s.cfg.Namespace, shard).Error
	if err != nil && !errors.Is(err, gorm.ErrDuplicatedKey) && s.d.classify(err) != duplicate {
		return err
	}
	return nil
}

// Renew moves the end of the lease. It also tidies up now and then, since only a leader renews. A database that counts
// fewer renewals than it confirmed has lost commits; one that counts more has carried out some whose answer was lost.
func (s *Store) Renew(ctx context.Context, l beat.Lease, ttl time.Duration) (beat.Lease, error) {
	end, err := s.changeLease(ctx, "renew the lease",
		"expires_at = "+s.d.clock(ttl)+", locked = "+truth(l.Locked)+", renewals = renewals + 1", l)
	if err != nil {
		return beat.Lease{}, err
	}
	l.Expires = end.expires
	l.Renewals++
	s.sweep(ctx)
	return l, nil
}

// Extend keeps the lease behind an unsettled batch. Nobody but the holder settles its batches, so one that is open at the
// look is so at the update.
func (s *Store) Extend(ctx context.Context, l beat.Lease, batch uuid.UUID, until time.Time) (beat.Lease, error) {
	if err := s.usable(ctx); err != nil {
		return beat.Lease{}, err
	}
	attempt := "extend the lease behind batch " + batch.String()
	open, err := s.batches(ctx, "id = ? and state = 1 and namespace = ? and shard = ? and epoch = ?",
		batch.String(), s.cfg.Namespace, l.Shard, l.Epoch)
	if err != nil {
		return beat.Lease{}, s.wrap(attempt, err)
	}
	if len(open) == 0 {
		st, err := s.Leader(ctx, l.Shard)
		if err == nil && (st.Epoch != l.Epoch || st.Holder != l.Holder) {
			err = beat.ErrFenced
		} else if err == nil {
			err = beat.ErrNotFound
		}
		return beat.Lease{}, s.wrap(attempt, err)
	}
	end, ok, err := s.d.updateLease(ctx,
		"expires_at = case when expires_at < ? then ? else expires_at end, renewals = renewals + 1",
		"namespace = ? and shard = ? and epoch = ? and holder = ? and renewals >= ?",
		s.d.stamp(until), s.d.stamp(until), s.cfg.Namespace, l.Shard, l.Epoch, l.Holder.String(), l.Renewals)
	if err == nil && !ok {
		err = beat.ErrFenced
	}
	if err != nil {
		return beat.Lease{}, s.wrap(attempt, err)
	}
	l.Expires = end.expires
	l.Renewals++
	return l, nil
}

// Release gives the lease up.
func (s *Store) Release(ctx context.Context, l beat.Lease) error {
	_, err := s.changeLease(ctx, "release the lease", "holder = null, locked = "+truth(false)+", expires_at = "+s.d.clock(0), l)
	return err
}

// changeLease updates a lease that is still the one given. That it has expired does not matter as long as nobody else
// has taken it.
func (s *Store) changeLease(ctx context.Context, attempt, set string, l beat.Lease) (leaseEnd, error) {
	if err := s.usable(ctx); err != nil {
		return leaseEnd{}, err
	}
	end, ok, err := s.d.updateLease(ctx, set,
		"namespace = ? and shard = ? and epoch = ? and holder = ? and renewals >= ?",
		s.cfg.Namespace, l.Shard, l.Epoch, l.Holder.String(), l.Renewals)
	if err == nil && !ok {
		err = beat.ErrFenced
	}
	return end, s.wrap(attempt, err)
}

// Leader returns the lease of a shard as it stands.
func (s *Store) Leader(ctx context.Context, shard int) (beat.LeaseState, error) {
	if err := s.usable(ctx); err != nil {
		return beat.LeaseState{}, err
	}
	var row struct {
		models.Lease

		Now models.Time
	}
	err := s.gorm.WithContext(ctx).Model(&models.Lease{}).Select("*, "+s.d.clock(0)+" as now").
		Where("namespace = ? and shard = ? and epoch > 0", s.cfg.Namespace, shard).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = beat.ErrNotFound
	}
	if err != nil {
		return beat.LeaseState{}, s.wrap(fmt.Sprintf("read the lease of shard %d", shard), err)
	}
	return row.Domain(row.Now.Time), nil
}
