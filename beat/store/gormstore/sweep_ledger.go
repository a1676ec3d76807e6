package gormstore

import (
	"context"
	"time"
)

const (
	// sweepMost is how many rows are removed by one statement.
	sweepMost = 5000

	// sweepLong is for how long old runs are removed at once. The rest waits for the next renewal of the lease: so as many
	// can be removed as are sent, and nothing else waits long.
	sweepLong = 300 * time.Millisecond

	// oldestEvery is how often old runs are looked for when there were none: what is kept all the same is looked at each time.
	oldestEvery = 5 * time.Minute
)

// sweepLedger removes old runs, but for the latest of each schedule that is still there: when it ran last is to be known
// of one that runs once a year, too.
func (s *Store) sweepLedger(ctx context.Context) error {
	if s.cfg.HistoryKeep < 0 || !s.oldest.due(oldestEvery) {
		return nil
	}
	statement := s.sql(s.d.deleteRuns(`select r.schedule_id, r.instant from ${prefix}beat_ledger r
		where r.settled_at < ` + s.d.clock(-s.cfg.HistoryKeep) + ` and (
			r.instant < (select n.instant from ${prefix}beat_ledger n where n.schedule_id = r.schedule_id order by n.instant desc limit 1)
			or not exists (select 1 from ${prefix}beat_cursor c where c.schedule_id = r.schedule_id))
		limit ?`))
	for begin := time.Now(); ; {
		removed := s.gorm.WithContext(ctx).Exec(statement, sweepMost)
		if removed.Error != nil || removed.RowsAffected < sweepMost {
			return removed.Error
		}
		if time.Since(begin) > sweepLong {
			s.oldest.again()
			s.sweeper.again()
			return nil
		}
	}
}

// sweepMissed removes what is known of missed runs as long after as sweepLedger removes runs.
func (s *Store) sweepMissed(ctx context.Context) error {
	if s.cfg.HistoryKeep < 0 {
		return nil
	}
	return s.gorm.WithContext(ctx).Exec(s.sql(
		"delete from ${prefix}beat_missed where at < " + s.d.clock(-s.cfg.HistoryKeep))).Error
}
