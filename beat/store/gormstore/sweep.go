package gormstore

import (
	"context"
	"sync"
	"time"
)

// sweepEvery is how often the leader tidies up.
const sweepEvery = 30 * time.Second

// keepSettled is how long a settled batch is kept, so that a broker that lost messages can be compared with it.
const keepSettled = time.Minute

// sweepMost is how many rows of the ledger are removed at once.
const sweepMost = 5000

// sweeper remembers when the tables were tidied.
type sweeper struct {
	mu   sync.Mutex
	last time.Time
}

// due tells whether it is time to tidy up, and if so counts that as done.
func (w *sweeper) due() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.last.IsZero() && time.Since(w.last) < sweepEvery {
		return false
	}
	w.last = time.Now()
	return true
}

// sweep removes what is needed no more. It is no reason for its caller to fail.
func (s *Store) sweep(ctx context.Context) {
	if !s.sweeper.due() {
		return
	}
	for _, step := range []func(context.Context) error{s.sweepBatches, s.sweepLedger, s.sweepMissed, s.sweepChanges} {
		if err := step(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Logger.WarnContext(ctx, "housekeeping failed", "error", s.wrap("remove old rows", err))
		}
	}
}

func (s *Store) sweepBatches(ctx context.Context) error {
	return s.gorm.WithContext(ctx).Exec(s.sql(
		"delete from ${prefix}beat_batch where state = 2 and settled_at < " + s.d.clock(-keepSettled))).Error
}

// sweepLedger removes old runs, a bounded number at a time: the rest follows with the next sweeps.
func (s *Store) sweepLedger(ctx context.Context) error {
	if s.cfg.HistoryKeep < 0 {
		return nil
	}
	return s.gorm.WithContext(ctx).Exec(s.sql(`
		delete from ${prefix}beat_ledger where (schedule_id, instant) in (select schedule_id, instant from (
			select schedule_id, instant from ${prefix}beat_ledger where settled_at < `+s.d.clock(-s.cfg.HistoryKeep)+`
			limit ?) old)`), sweepMost).Error
}

// sweepMissed removes what is known of missed runs as long after as sweepLedger removes runs.
func (s *Store) sweepMissed(ctx context.Context) error {
	if s.cfg.HistoryKeep < 0 {
		return nil
	}
	return s.gorm.WithContext(ctx).Exec(s.sql(
		"delete from ${prefix}beat_missed where at < " + s.d.clock(-s.cfg.HistoryKeep))).Error
}

func (s *Store) sweepChanges(ctx context.Context) error {
	s.feedMu.Lock()
	defer s.feedMu.Unlock()
	return s.feed.trim(ctx)
}
