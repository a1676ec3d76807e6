package gormstore

import (
	"context"
	"slices"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/models"
)

// chunk is how many keys one query may ask for.
const chunk = 500

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
		var rows []models.Cursor
		if err := s.gorm.WithContext(ctx).Where("schedule_id in ?", part).Find(&rows).Error; err != nil {
			return nil, s.wrap("read cursors", err)
		}
		for _, r := range rows {
			c := r.Domain()
			found[c.ID] = c
		}
	}
	return found, nil
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
	err := s.gorm.WithContext(ctx).Where("schedule_id = ? and instant < ?", key, s.d.stamp(before)).
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
	err := s.gorm.WithContext(ctx).Where("schedule_id = ? and to_at < ?", key, s.d.stamp(before)).
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
