package gormstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/gobeat/gobeat/beat"
)

// wrap gives an error of the engine the meaning that the ports have for it, and says what was attempted.
func (s *Store) wrap(attempt string, err error) error {
	switch {
	case err == nil:
		return nil
	case isDomain(err):
		return fmt.Errorf("%s: %w", attempt, err)
	case s.closed.Load(), errors.Is(err, sql.ErrConnDone):
		return fmt.Errorf("%s: %w", attempt, beat.ErrClosed)
	case errors.Is(err, sql.ErrNoRows), errors.Is(err, gorm.ErrRecordNotFound):
		return fmt.Errorf("%s: %w", attempt, beat.ErrNotFound)
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return fmt.Errorf("%s: %w", attempt, beat.ErrExists)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w", attempt, err)
	}
	switch s.d.classify(err) {
	case unavailable, busy, lost:
		return fmt.Errorf("%s: %w: %w", attempt, beat.ErrUnavailable, err)
	case missing:
		return fmt.Errorf("%s: %w: %w", attempt, beat.ErrMigrate, err)
	case duplicate:
		return fmt.Errorf("%s: %w: %w", attempt, beat.ErrExists, err)
	case other:
	}
	return fmt.Errorf("%s: %w", attempt, err)
}

// isDomain tells whether an error has its meaning already.
func isDomain(err error) bool {
	for _, e := range []error{
		beat.ErrNotFound, beat.ErrExists, beat.ErrConflict, beat.ErrTooOld, beat.ErrClosed, beat.ErrUnknownOutcome,
		beat.ErrUnavailable, beat.ErrFenced, beat.ErrMigrate, beat.ErrLocked,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	var bad *beat.EntryError
	var held *beat.HeldError
	return errors.As(err, &bad) || errors.As(err, &held)
}
