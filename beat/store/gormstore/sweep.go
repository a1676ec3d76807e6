package gormstore

import (
	"context"
	"fmt"
	"sync"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/gobeat/gobeat/models"
)

// sweepEvery is how often the leader tidies up.
const sweepEvery = 30 * time.Second

// keepSettled is how long a settled batch is kept, so that a broker that lost messages can be compared with it.
const keepSettled = time.Minute

// spentEvery is how often the leader looks for rows that are spent, for which it reads all.
const spentEvery = 10 * time.Minute

// spentMost is how many of them are removed at once.
const spentMost = 500

// sweeper remembers when the tables were tidied.
type sweeper struct {
	mu   sync.Mutex
	last time.Time
}

// due tells whether it is time to tidy up, and if so counts that as done.
func (w *sweeper) due(every time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.last.IsZero() && time.Since(w.last) < every {
		return false
	}
	w.last = time.Now()
	return true
}

// again has it done at the next opportunity.
func (w *sweeper) again() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = time.Time{}
}

// sweep removes what is needed no more. It is no reason for its caller to fail.
func (s *Store) sweep(ctx context.Context) {
	if !s.sweeper.due(sweepEvery) {
		return
	}
	for _, step := range []func(context.Context) error{s.sweepBatches, s.sweepLedger, s.sweepMissed, s.sweepChanges, s.sweepEmptied, s.sweepSpent, s.sweepForeign} {
		if err := step(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Logger.WarnContext(ctx, "housekeeping failed", "error", s.wrap("remove old rows", err))
		}
	}
}

func (s *Store) sweepBatches(ctx context.Context) error {
	return s.gorm.WithContext(ctx).Exec(s.sql(
		"delete from ${prefix}beat_batch where state = 2 and settled_at < " + s.d.clock(-keepSettled))).Error
}

// sweepEmptied leaves one row of each namespace that lost entries. It names the others by their keys, so that it does not
// wait for editors who are about to add some.
func (s *Store) sweepEmptied(ctx context.Context) error {
	if s.cfg.Tasks != "" {
		return nil
	}
	var keys []int64
	err := s.gorm.WithContext(ctx).Raw(s.sql(`select e.id from ${prefix}beat_emptied e where exists (
		select 1 from ${prefix}beat_emptied f where f.namespace = e.namespace and f.id < e.id) limit ?`), sweepMost).Scan(&keys).Error
	if err != nil || len(keys) == 0 {
		return err
	}
	return s.gorm.WithContext(ctx).Exec(s.sql("delete from ${prefix}beat_emptied where id in ?"), keys).Error
}

// sweepChanges shortens the log of changes, which there is of our own tables only.
func (s *Store) sweepChanges(ctx context.Context) error {
	if s.cfg.Tasks != "" {
		return nil
	}
	s.feedMu.Lock()
	defer s.feedMu.Unlock()
	return s.feed.trim(ctx)
}

// sweepSpent removes tasks and schedules whose last run was sent long ago.
func (s *Store) sweepSpent(ctx context.Context) error {
	if s.cfg.Tasks != "" || s.cfg.SpentKeep <= 0 || !s.spent.due(spentEvery) {
		return nil
	}
	before := s.d.clock(-s.cfg.SpentKeep)
	var rows []struct{ ID, TaskID int64 }
	err := s.gorm.WithContext(ctx).Raw(s.sql(`
		select s.id, s.task_id from ${prefix}task_schedule s join ${prefix}periodic_task p on p.id = s.task_id
		left join ${prefix}beat_cursor c on c.schedule_id = s.id
		where p.namespace = ? and (
			not s.active and c.fires > 0 and c.last_run < `+before+`
				and (s.kind = 'clocked' or p.max_runs > 0 and c.fires >= p.max_runs)
			or p.one_off and not p.enabled and exists (
				select 1 from ${prefix}task_schedule o join ${prefix}beat_cursor x on x.schedule_id = o.id
				where o.task_id = p.id and x.fires > 0 and x.last_run < `+before+`))
		limit ?`), s.cfg.Namespace, spentMost).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return err
	}
	ids, tasks := make([]int64, len(rows)), make([]int64, len(rows))
	for i, r := range rows {
		ids[i], tasks[i] = r.ID, r.TaskID
	}
	// Somebody may have switched them on again meanwhile.
	const gone = "not exists (select 1 from ${prefix}task_schedule s where s.%s)"
	return s.tx(ctx, func(tx *gorm.DB) error {
		err := tx.Exec(s.sql(`delete from ${prefix}task_schedule where id in ? and (not active or task_id in (
			select id from ${prefix}periodic_task where not enabled))`), ids).Error
		if err != nil {
			return err
		}
		err = tx.Exec(s.sql("delete from ${prefix}beat_cursor where schedule_id in ? and "+
			fmt.Sprintf(gone, "id = ${prefix}beat_cursor.schedule_id")), ids).Error
		if err != nil {
			return err
		}
		// MySQL would not let a trigger touch what the statement reads.
		var empty []int64
		err = tx.Model(&models.PeriodicTask{}).Clauses(clause.Locking{Strength: "UPDATE"}).
			Where("id in ? and "+s.sql(fmt.Sprintf(gone, "task_id = ${prefix}periodic_task.id")), tasks).Pluck("id", &empty).Error
		if err != nil || len(empty) == 0 {
			return err
		}
		return tx.Where("id in ?", empty).Delete(&models.PeriodicTask{}).Error
	})
}
