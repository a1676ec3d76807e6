package gormstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"gorm.io/gorm"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/models"
)

// ErrTried ends a transaction that only was to find out whether the database takes something. It is rolled back.
var ErrTried = errors.New("tried")

// Refuses says what of a task the database does not take, a text that is too long for its column, say. It finds that out by
// writing the task, in a transaction that is rolled back.
func (s *Store) Refuses(ctx context.Context, task []beat.Entry) ([]*beat.EntryError, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	rows := make([]models.Row, len(task))
	for i := range task {
		var err error
		if rows[i], err = models.FromEntry(task[i]); err != nil {
			return Refused(&task[i], err)
		}
	}
	attempt := "try to add " + strconv.Quote(task[0].Name)
	return Refused(&task[0], s.wrap(attempt, s.tx(ctx, func(tx *gorm.DB) error { return s.try(tx, rows) })))
}

// try writes a task with all its schedules.
func (s *Store) try(tx *gorm.DB, rows []models.Row) error {
	task := &rows[0].Task
	var there models.PeriodicTask
	err := tx.Select("id").Where("name = ? and namespace = ?", task.Name, s.cfg.Namespace).Take(&there).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		task.Namespace = s.cfg.Namespace
		err = tx.Create(task).Error
	case err == nil:
		task.ID = there.ID
		err = tx.Select("*").Omit("id", "namespace").Updates(task).Error
	}
	for i := 0; err == nil && i < len(rows); i++ {
		rows[i].Schedule.TaskID = task.ID
		err = tx.Create(&rows[i].Schedule).Error
	}
	if err == nil {
		err = ErrTried
	}
	return err
}

// Refused is what an error of a trial says about an entry: nothing when it is ErrTried, and an error when the trial could
// not be made.
func Refused(e *beat.Entry, err error) ([]*beat.EntryError, error) {
	if errors.Is(err, ErrTried) {
		return nil, nil
	}
	if bad, ok := errors.AsType[*beat.EntryError](err); ok {
		return []*beat.EntryError{bad}, nil
	}
	for _, cause := range []error{
		beat.ErrUnavailable, beat.ErrClosed, beat.ErrMigrate, context.Canceled, context.DeadlineExceeded,
	} {
		if errors.Is(err, cause) {
			return nil, fmt.Errorf("find out whether the database takes %q: %w", e.Name, err)
		}
	}
	return []*beat.EntryError{{ID: e.ID, Name: e.Name, Problem: "is not taken by the database: " + err.Error()}}, nil
}
