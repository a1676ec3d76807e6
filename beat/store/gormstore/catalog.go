package gormstore

import (
	"context"
	"database/sql"
	"strconv"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/models"
)

// Add creates a task with a schedule, or a further schedule of the task TaskID.
func (s *Store) Add(ctx context.Context, e beat.Entry) (beat.Entry, error) {
	if err := s.usable(ctx); err != nil {
		return beat.Entry{}, err
	}
	attempt := "add " + strconv.Quote(e.Name)
	row, err := models.FromEntry(e)
	if err != nil {
		return beat.Entry{}, s.wrap(attempt, err)
	}
	err = s.tx(ctx, func(tx *gorm.DB) error { return s.insert(tx, &row, e.TaskID) })
	if err != nil {
		return beat.Entry{}, s.wrap(attempt, err)
	}
	return s.Lookup(ctx, models.EntryID(row.Schedule.ID))
}

// insert writes a row, its task too unless that is there already.
func (s *Store) insert(tx *gorm.DB, row *models.Row, taskID string) error {
	if taskID == "" {
		row.Task.Namespace = s.cfg.Namespace
		if err := tx.Create(&row.Task).Error; err != nil {
			return err
		}
	} else if err := s.lockTask(tx, taskID, &row.Task); err != nil {
		return err
	}
	row.Schedule.TaskID = row.Task.ID
	return tx.Create(&row.Schedule).Error
}

// Update replaces task and schedule.
func (s *Store) Update(ctx context.Context, e beat.Entry) (beat.Entry, error) {
	if err := s.usable(ctx); err != nil {
		return beat.Entry{}, err
	}
	attempt := "update schedule " + strconv.Quote(string(e.ID))
	row, err := models.FromEntry(e)
	if err != nil {
		return beat.Entry{}, s.wrap(attempt, err)
	}
	err = s.tx(ctx, func(tx *gorm.DB) error {
		old, err := s.lockRow(tx, e.ID)
		if err != nil {
			return err
		}
		if have := old.Entry().ModifiedAt; !e.ModifiedAt.IsZero() && !e.ModifiedAt.Equal(have) {
			return beat.ErrConflict
		}
		return s.overwrite(tx, old, row)
	})
	if err != nil {
		return beat.Entry{}, s.wrap(attempt, err)
	}
	return s.Lookup(ctx, e.ID)
}

// overwrite puts row in the place of old.
func (s *Store) overwrite(tx *gorm.DB, old, row models.Row) error {
	row.Task.ID, row.Schedule.ID = old.Task.ID, old.Schedule.ID
	// Select takes zero values too; what an entry does not have stays as it is.
	err := tx.Select("*").Omit("id", "namespace").Updates(&row.Task).Error
	if err != nil {
		return err
	}
	return tx.Select("*").Omit("id", "task_id", "event", "latitude", "longitude").Updates(&row.Schedule).Error
}

// SetEnabled switches a task on or off.
func (s *Store) SetEnabled(ctx context.Context, taskID string, on bool) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	return s.wrap("enable or disable task "+strconv.Quote(taskID), s.tx(ctx, func(tx *gorm.DB) error {
		var task models.PeriodicTask
		if err := s.lockTask(tx, taskID, &task); err != nil {
			return err
		}
		return tx.Model(&task).Update("enabled", on).Error
	}))
}

// Delete removes a schedule, and its task when it was the last one.
func (s *Store) Delete(ctx context.Context, id beat.EntryID) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	return s.wrap("delete schedule "+strconv.Quote(string(id)), s.tx(ctx, func(tx *gorm.DB) error {
		row, err := s.lockRow(tx, id)
		if err != nil {
			return err
		}
		if err := tx.Delete(&row.Schedule).Error; err != nil {
			return err
		}
		if err := tx.Delete(&models.Cursor{ScheduleID: row.Schedule.ID}).Error; err != nil {
			return err
		}
		var left int64
		if err := tx.Model(&models.TaskSchedule{}).Where("task_id = ?", row.Task.ID).Count(&left).Error; err != nil {
			return err
		}
		if left > 0 {
			return nil
		}
		return tx.Delete(&row.Task).Error
	}))
}

// Purge removes all tasks of the namespace with everything that is known about them. Leases and unsettled batches
// stay: claimed runs are still sent, and epochs go on rising.
func (s *Store) Purge(ctx context.Context) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	return s.wrap("purge", s.tx(ctx, func(tx *gorm.DB) error {
		const known = ` where schedule_id in (select s.id from ${prefix}task_schedule s
			join ${prefix}periodic_task p on p.id = s.task_id where p.namespace = ?)`
		for _, table := range []string{models.TableLedger, models.TableMissed, models.TableCursor} {
			if err := tx.Exec(s.sql("delete from ${prefix}"+table+known), s.cfg.Namespace).Error; err != nil {
				return err
			}
		}
		if err := tx.Where("namespace = ?", s.cfg.Namespace).Delete(&models.PeriodicTask{}).Error; err != nil {
			return err
		}
		return tx.Exec(s.sql("delete from ${prefix}beat_emptied where namespace = ?"), s.cfg.Namespace).Error
	}))
}

// tx runs f in a transaction. Under repeatable read, the default of MySQL, whoever looks for a name that is not there locks
// the place where it would be, and two who then add it would each wait for the other.
func (s *Store) tx(ctx context.Context, f func(tx *gorm.DB) error) error {
	return s.gorm.WithContext(ctx).Transaction(f, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
}

// lockTask reads a task of the namespace and keeps others from changing it until the transaction ends.
func (s *Store) lockTask(tx *gorm.DB, taskID string, into *models.PeriodicTask) error {
	id, ok := models.ScheduleID(beat.EntryID(taskID)) // the keys of both tables look the same
	if !ok {
		return beat.ErrNotFound
	}
	*into = models.PeriodicTask{}
	return tx.Clauses(clause.Locking{Strength: "UPDATE"}).
		Where("id = ? and namespace = ?", id, s.cfg.Namespace).Take(into).Error
}

// lockRow reads a schedule with its task, and keeps others from changing the task until the transaction ends.
func (s *Store) lockRow(tx *gorm.DB, id beat.EntryID) (models.Row, error) {
	var row models.Row
	key, ok := models.ScheduleID(id)
	if !ok {
		return row, beat.ErrNotFound
	}
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", key).Take(&row.Schedule).Error
	if err != nil {
		return row, err
	}
	return row, s.lockTask(tx, strconv.FormatInt(row.Schedule.TaskID, 10), &row.Task)
}
