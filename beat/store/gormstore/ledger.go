package gormstore

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/models"
)

// Put replaces cursors while nobody leads. Rows of another scheduler say the same about the last run and their number.
func (s *Store) Put(ctx context.Context, cursors []beat.Cursor) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	keys := make([]int64, len(cursors))
	for i, c := range cursors {
		key, ok := models.ScheduleID(c.ID)
		if !ok {
			return fmt.Errorf("put the cursor of %q: %w", c.ID, beat.ErrNotFound)
		}
		keys[i] = key
	}
	return s.wrap("put cursors", s.tx(ctx, func(tx *gorm.DB) error {
		if err := s.nobodyLeads(tx); err != nil {
			return err
		}
		for part := range slices.Chunk(keys, chunk) {
			if err := s.mustExist(tx, part); err != nil {
				return err
			}
			if err := tx.Where("schedule_id in ?", part).Delete(&models.Cursor{}).Error; err != nil {
				return err
			}
		}
		for i, c := range cursors {
			err := tx.Exec(s.sql("insert into ${prefix}beat_cursor (shard, "+models.CursorColumns+
				") values (0, ?, ?, ?, ?, ?, ?, ?)"), keys[i], s.d.stamp(c.DecidedTo), s.d.stamp(c.LastRun), s.d.stamp(c.Next),
				int64(c.Spec), c.Fires, c.Note).Error
			if err == nil && s.cfg.Tasks != "" {
				err = tx.Exec("update "+s.cfg.Tasks+" set last_run_at = "+s.toldMark()+", total_run_count = ? where id = ?",
					s.rowTime(c.LastRun), c.Fires, keys[i]).Error
			}
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

// nobodyLeads returns ErrFenced when a lease of the namespace is held, and keeps those that exist from being taken until
// the transaction ends: it locks them all before it looks, since only those that a query finds are locked.
func (s *Store) nobodyLeads(tx *gorm.DB) error {
	var leases []models.Lease
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("namespace = ?", s.cfg.Namespace).Find(&leases).Error
	if err != nil {
		return err
	}
	var held int64
	err = tx.Model(&models.Lease{}).Where("namespace = ?", s.cfg.Namespace).
		Where("holder is not null and expires_at > " + s.d.clock(0)).Count(&held).Error
	if err == nil && held > 0 {
		return beat.ErrFenced
	}
	return err
}

// mustExist returns ErrNotFound unless all schedules are there.
func (s *Store) mustExist(tx *gorm.DB, keys []int64) error {
	query, args := `select count(*) from ${prefix}task_schedule s join ${prefix}periodic_task p on p.id = s.task_id
where p.namespace = ? and s.id in ?`, []any{s.cfg.Namespace, keys}
	if s.cfg.Tasks != "" {
		query, args = "select count(*) from "+s.cfg.Tasks+" where id in ?", []any{keys}
	}
	var there int64
	err := tx.Raw(s.sql(query), args...).Scan(&there).Error
	if err == nil && there < int64(len(keys)) {
		return fmt.Errorf("%d of %d entries: %w", int64(len(keys))-there, len(keys), beat.ErrNotFound)
	}
	return err
}
