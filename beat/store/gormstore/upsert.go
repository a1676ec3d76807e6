package gormstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/models"
)

// Upsert adds an entry or replaces the one that has its name.
func (s *Store) Upsert(ctx context.Context, e beat.Entry, mode beat.UpsertMode) (created bool, err error) {
	if err := s.usable(ctx); err != nil {
		return false, err
	}
	attempt := "upsert " + strconv.Quote(e.Name)
	row, err := models.FromEntry(e)
	if err != nil {
		return false, s.wrap(attempt, err)
	}
	for {
		err = s.wrap(attempt, s.tx(ctx, func(tx *gorm.DB) error {
			key, err := s.upsertKey(tx, e)
			if errors.Is(err, gorm.ErrRecordNotFound) && e.ID == "" {
				created = true
				return s.insert(tx, &row, "")
			}
			created = false
			if err != nil {
				return err
			}
			return s.replace(tx, key, row, mode)
		}))
		if created && errors.Is(err, beat.ErrExists) {
			continue // somebody else added it between the look and the insert, so now it is found
		}
		return created && err == nil, err
	}
}

// upsertKey returns which entry an upsert is about.
func (s *Store) upsertKey(tx *gorm.DB, e beat.Entry) (beat.EntryID, error) {
	if e.ID != "" {
		return e.ID, nil
	}
	var task models.PeriodicTask
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).
		Where("name = ? and namespace = ?", e.Name, s.cfg.Namespace).Take(&task).Error
	if err != nil {
		return "", err
	}
	var keys []int64
	err = tx.Model(&models.TaskSchedule{}).Where("task_id = ?", task.ID).Order("id").Pluck("id", &keys).Error
	if err == nil && len(keys) != 1 {
		return "", fmt.Errorf("the task has %d schedules: %w", len(keys), beat.ErrConflict)
	}
	if err != nil {
		return "", err
	}
	return models.EntryID(keys[0]), nil
}

// replace puts row in the place of an entry, and its cursor where the mode says.
func (s *Store) replace(tx *gorm.DB, id beat.EntryID, row models.Row, mode beat.UpsertMode) error {
	old, err := s.lockRow(tx, id)
	if err != nil {
		return err
	}
	if mode == beat.UpsertRefuseLocked {
		if err := s.notSending(tx, id); err != nil {
			return err
		}
	}
	if err := s.overwrite(tx, old, row); err != nil || mode != beat.UpsertForce {
		return err
	}
	// A leader may have decided a little ahead of the clock; cursors do not go back.
	return tx.Exec(s.sql("update ${prefix}beat_cursor set decided_to = case when decided_to > "+s.d.clock(0)+
		" then decided_to else "+s.d.clock(0)+" end, next_at = null, spec = 0 where schedule_id = ?"), old.Schedule.ID).Error
}

// notSending returns ErrLocked while a run of an entry is claimed and not settled.
func (s *Store) notSending(tx *gorm.DB, id beat.EntryID) error {
	open, err := s.batchesIn(tx, "state = 1 and namespace = ?", s.cfg.Namespace)
	if err != nil {
		return err
	}
	for _, b := range open {
		if slices.ContainsFunc(b.Runs, func(r beat.Run) bool { return r.ID == id }) {
			return beat.ErrLocked
		}
	}
	return nil
}

// SetActive switches one schedule on or off.
func (s *Store) SetActive(ctx context.Context, id beat.EntryID, on bool) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	attempt := "activate or deactivate schedule " + strconv.Quote(string(id))
	return s.wrap(attempt, s.tx(ctx, func(tx *gorm.DB) error {
		row, err := s.lockRow(tx, id)
		if err != nil {
			return err
		}
		return tx.Model(&row.Schedule).Update("active", on).Error
	}))
}
