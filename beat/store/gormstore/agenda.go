package gormstore

import (
	"context"
	"fmt"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/models"
)

// planned are the cursors of entries of a namespace that are switched on. There is no index on next_at, because moving a
// cursor would then cost a claim more than all the rest of it; so the agenda costs a pass over the cursors.
const planned = `join ${prefix}beat_cursor c on c.schedule_id = s.id
where p.namespace = ? and p.enabled and s.active and c.next_at is not null`

// Due returns the entries whose next run is not later than now.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]beat.Entry, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	if limit < 1 {
		return nil, fmt.Errorf("due: limit is %d, must be positive", limit)
	}
	due, err := s.rows(ctx, planned+" and c.next_at <= ? order by c.next_at, s.id limit ?",
		s.cfg.Namespace, s.d.stamp(now), limit)
	return due, s.wrap("read what is due", err)
}

// NextRun returns the earliest next run of all.
func (s *Store) NextRun(ctx context.Context) (time.Time, bool, error) {
	return s.instant(ctx, "read the next run", `select min(c.next_at)
from ${prefix}task_schedule s join ${prefix}periodic_task p on p.id = s.task_id `+planned, s.cfg.Namespace)
}

// LastExecution returns the latest instant that was claimed for sending.
func (s *Store) LastExecution(ctx context.Context) (time.Time, bool, error) {
	if s.cfg.Tasks != "" { // which have no namespaces
		return s.instant(ctx, "read the last execution",
			"select max(c.last_run) from "+s.cfg.Tasks+" p join ${prefix}beat_cursor c on c.schedule_id = p.id")
	}
	return s.instant(ctx, "read the last execution", `select max(c.last_run)
from ${prefix}task_schedule s join ${prefix}periodic_task p on p.id = s.task_id
join ${prefix}beat_cursor c on c.schedule_id = s.id where p.namespace = ?`, s.cfg.Namespace)
}

// instant reads one instant, which may be none.
func (s *Store) instant(ctx context.Context, attempt, query string, args ...any) (time.Time, bool, error) {
	if err := s.usable(ctx); err != nil {
		return time.Time{}, false, err
	}
	var at models.Time
	if err := s.gorm.WithContext(ctx).Raw(s.sql(query), args...).Row().Scan(&at); err != nil {
		return time.Time{}, false, s.wrap(attempt, err)
	}
	return at.Time, !at.IsZero(), nil
}
