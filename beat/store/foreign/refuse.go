package foreign

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/gormstore"
)

// Refuses says what of a task the tables do not take: further schedules, kinds and settings that they have no column for,
// and what only the database knows, found out by writing the row in a transaction that is rolled back.
func (s *Store) Refuses(ctx context.Context, task []beat.Entry) ([]*beat.EntryError, error) {
	var refused []*beat.EntryError
	if n := len(task); n > 1 {
		refused = append(refused, &beat.EntryError{
			Name: task[0].Name, Field: "schedules", Value: strconv.Itoa(n),
			Problem: "are too many: a task of " + s.layout.Package + " has one",
		})
	}
	for i := range task {
		bad, err := gormstore.Refused(&task[i], s.try(ctx, &task[i]))
		if err != nil {
			return nil, err
		}
		refused = append(refused, bad...)
	}
	return refused, nil
}

// try writes the row of an entry, in the place of the one that has its name if there is one.
func (s *Store) try(ctx context.Context, e *beat.Entry) error {
	attempt := "try to add " + strconv.Quote(e.Name)
	shape, values, err := s.prepared(ctx, e)
	if err != nil {
		return s.Wrap(attempt, err)
	}
	return s.Write(ctx, attempt, func(tx *gormstore.Tx) error {
		list, err := values.columns(ctx, tx, shape)
		if err != nil {
			return err
		}
		var key int64
		err = tx.Row(ctx, "select id from "+s.layout.Tasks+" where name = ?", []any{e.Name}, &key)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			_, err = s.insert(ctx, tx, list)
		case err == nil:
			err = s.overwrite(ctx, tx, key, list)
		}
		if err == nil {
			err = gormstore.ErrTried
		}
		return err
	})
}
