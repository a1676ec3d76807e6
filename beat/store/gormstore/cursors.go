package gormstore

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/models"
)

// chunk is how many keys one query may ask for.
const chunk = 1000

// Get returns the cursors of the given entries.
func (s *Store) Get(ctx context.Context, ids []beat.EntryID) (map[beat.EntryID]beat.Cursor, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	keys := make([]int64, 0, len(ids))
	for _, id := range ids {
		if key, ok := models.ScheduleID(id); ok {
			keys = append(keys, key)
		}
	}
	found := make(map[beat.EntryID]beat.Cursor, len(keys))
	for part := range slices.Chunk(keys, chunk) {
		if err := s.cursors(ctx, part, found); err != nil {
			return nil, s.wrap("read cursors", err)
		}
	}
	return found, nil
}

// cursors adds the cursors of some schedules to found. Keys that lie close together, as those of a page do, are read as
// a range, which costs the database far less than as many single ones.
func (s *Store) cursors(ctx context.Context, keys []int64, found map[beat.EntryID]beat.Cursor) error {
	first, last := slices.Min(keys), slices.Max(keys)
	where, args := "schedule_id in ?", []any{keys}
	if last-first < 2*int64(len(keys)) {
		where, args = "schedule_id between ? and ?", []any{first, last}
	}
	wanted := make(map[int64]bool, len(keys))
	for _, key := range keys {
		wanted[key] = true
	}
	var c models.Cursor
	query := "select " + models.CursorColumns + " from ${prefix}beat_cursor where " + where
	return s.scan(ctx, query, args, c.Targets(), func() {
		if wanted[c.ScheduleID] {
			d := c.Domain()
			found[d.ID] = d
		}
	})
}

// History returns runs of an entry earlier than before, the latest first.
func (s *Store) History(
	ctx context.Context, id beat.EntryID, before time.Time, limit int,
) ([]beat.Record, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	key, ok := models.ScheduleID(id)
	if !ok {
		return nil, nil
	}
	var rows []models.LedgerRow
	err := s.ours(ctx).Where("schedule_id = ? and instant < ?", key, s.d.stamp(before)).
		Order("instant desc").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, s.wrap("read history", err)
	}
	records := make([]beat.Record, len(rows))
	for i, r := range rows {
		records[i] = r.Domain()
	}
	return records, nil
}

// Omissions returns the runs of an entry that were given up before an instant, the latest first.
func (s *Store) Omissions(
	ctx context.Context, id beat.EntryID, before time.Time, limit int,
) ([]beat.Omission, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	key, ok := models.ScheduleID(id)
	if !ok {
		return nil, nil
	}
	var rows []models.Missed
	err := s.ours(ctx).Where("schedule_id = ? and to_at < ?", key, s.d.stamp(before)).
		Order("to_at desc").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, s.wrap("read missed runs", err)
	}
	found := make([]beat.Omission, len(rows))
	for i, r := range rows {
		found[i] = r.Domain()
	}
	return found, nil
}

// ours leaves out what happened to schedules that are those of another namespace.
func (s *Store) ours(ctx context.Context) *gorm.DB {
	db := s.gorm.WithContext(ctx)
	if s.cfg.Tasks != "" {
		return db
	}
	return db.Where(s.sql(`not exists (select 1 from ${prefix}task_schedule s join ${prefix}periodic_task p on p.id = s.task_id
where s.id = schedule_id and p.namespace <> ?)`), s.cfg.Namespace)
}
