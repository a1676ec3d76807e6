package foreign

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/gormstore"
	"github.com/gobeat/gobeat/models"
)

// Add creates a task with its schedule; TaskID must be empty, as a task has one schedule here.
func (s *Store) Add(ctx context.Context, e beat.Entry) (beat.Entry, error) {
	attempt := "add " + strconv.Quote(e.Name)
	if e.TaskID != "" {
		return beat.Entry{}, fmt.Errorf("%s: a task of %s has one schedule, none can be added to task %s", attempt, s.layout.Package, e.TaskID)
	}
	shape, values, err := s.prepared(ctx, &e)
	if err != nil {
		return beat.Entry{}, s.Wrap(attempt, err)
	}
	var id int64
	err = s.Write(ctx, attempt, func(tx *gormstore.Tx) error {
		list, err := values.columns(ctx, tx, shape)
		if err != nil {
			return err
		}
		if id, err = s.insert(ctx, tx, list); err != nil {
			return err
		}
		if err := tx.Ran(ctx, id, e.RanAt); err != nil {
			return err
		}
		if err := s.mark(ctx, tx, id, &e); err != nil {
			return err
		}
		return s.touch(ctx, tx)
	})
	if err != nil {
		return beat.Entry{}, err
	}
	return s.Lookup(ctx, models.EntryID(id))
}

func (s *Store) insert(ctx context.Context, tx *gormstore.Tx, list []column) (int64, error) {
	names, marks, args := split(append(list, column{"total_run_count", 0}))
	return tx.Insert(ctx, "insert into "+s.layout.Tasks+" ("+names+") values ("+marks+")", args...)
}

// Update replaces a task and the schedule that it names. Schedules may be shared by tasks, so none is edited: another
// one is named.
func (s *Store) Update(ctx context.Context, e beat.Entry) (beat.Entry, error) {
	attempt := "update task " + strconv.Quote(string(e.ID))
	shape, values, err := s.prepared(ctx, &e)
	if err != nil {
		return beat.Entry{}, s.Wrap(attempt, err)
	}
	key, ok := models.ScheduleID(e.ID)
	if !ok {
		return beat.Entry{}, s.Wrap(attempt, beat.ErrNotFound)
	}
	err = s.Write(ctx, attempt, func(tx *gormstore.Tx) error {
		if err := s.unchanged(ctx, tx, key, e.ModifiedAt); err != nil {
			return err
		}
		list, err := values.columns(ctx, tx, shape)
		if err != nil {
			return err
		}
		if e.Running() && values.once() { // the scheduler would take what was counted for its run, and switch it off
			list = append(list, column{"total_run_count", 0})
		}
		if err := s.overwrite(ctx, tx, key, list); err != nil {
			return err
		}
		if err := s.mark(ctx, tx, key, &e); err != nil {
			return err
		}
		return s.touch(ctx, tx)
	})
	if err != nil {
		return beat.Entry{}, err
	}
	return s.Lookup(ctx, e.ID)
}

func (s *Store) overwrite(ctx context.Context, tx *gormstore.Tx, key int64, list []column) error {
	var set []string
	var args []any
	for _, c := range list {
		set, args = append(set, c.name+" = ?"), append(args, c.value)
	}
	_, err := tx.Exec(ctx, "update "+s.layout.Tasks+" set "+strings.Join(set, ", ")+" where id = ?", append(args, key)...)
	return err
}

// unchanged locks a task and returns ErrConflict when it is not the one that was edited.
func (s *Store) unchanged(ctx context.Context, tx *gormstore.Tx, key int64, known time.Time) error {
	n, err := tx.Exec(ctx, "update "+s.layout.Tasks+" set date_changed = date_changed where id = ?", key)
	if err == nil && n == 0 {
		err = beat.ErrNotFound
	}
	if err != nil {
		return err
	}
	var at models.Time
	if err := tx.Row(ctx, "select date_changed from "+s.layout.Tasks+" where id = ?", []any{key}, &at); err != nil {
		return err
	}
	if !known.IsZero() && known.Before(s.clock.read(at.Time)) {
		return beat.ErrConflict
	}
	return nil
}

// SetEnabled switches a task on or off.
func (s *Store) SetEnabled(ctx context.Context, taskID string, on bool) error {
	attempt := "enable or disable task " + strconv.Quote(taskID)
	return s.edit(ctx, attempt, taskID, "update "+s.layout.Tasks+" set enabled = ?, date_changed = ? where id = ?", on)
}

// Delete removes a task. Its schedule stays, for others may name it.
func (s *Store) Delete(ctx context.Context, id beat.EntryID) error {
	return s.edit(ctx, "delete task "+strconv.Quote(string(id)), string(id), "delete from "+s.layout.Tasks+" where id = ?")
}

// edit carries out a statement about one task, whose arguments are those given, now when it has a place for that, and
// the key.
func (s *Store) edit(ctx context.Context, attempt, taskID, statement string, args ...any) error {
	key, ok := models.ScheduleID(beat.EntryID(taskID))
	if !ok {
		return s.Wrap(attempt, beat.ErrNotFound)
	}
	return s.Write(ctx, attempt, func(tx *gormstore.Tx) error {
		if strings.Contains(statement, "date_changed") {
			args = append(args, tx.Time(s.clock.write(time.Now())))
		}
		n, err := tx.Exec(ctx, statement, append(args, key)...)
		if err == nil && n == 0 {
			err = beat.ErrNotFound
		}
		if err != nil {
			return err
		}
		return s.touch(ctx, tx)
	})
}

// Purge removes all tasks and what is known of their runs. Their schedules stay.
func (s *Store) Purge(ctx context.Context) error {
	return s.Write(ctx, "purge", func(tx *gormstore.Tx) error {
		for _, table := range []string{
			"${prefix}" + models.TableLedger, "${prefix}" + models.TableMissed, "${prefix}" + models.TableCursor,
			"${prefix}" + models.TableOwner, s.layout.Tasks,
		} {
			if _, err := tx.Exec(ctx, "delete from "+table); err != nil {
				return err
			}
		}
		return s.touch(ctx, tx)
	})
}

// touch moves the marker forward, so that other schedulers and beats see a change at once. They compare by "later than
// before", so it also moves when the clock of whoever moved it last is ahead of ours.
func (s *Store) touch(ctx context.Context, tx *gormstore.Tx) error {
	var last models.Time
	where := " where " + s.layout.MarkerKey + " = 1"
	err := tx.Row(ctx, "select last_update from "+s.layout.Marker+where, nil, &last)
	now := s.clock.write(time.Now())
	if errors.Is(err, sql.ErrNoRows) {
		_, err = tx.Exec(ctx, "insert into "+s.layout.Marker+" ("+s.layout.MarkerKey+", last_update) values (1, ?)", tx.Time(now))
		return err
	}
	if err != nil {
		return err
	}
	if next := last.Add(time.Second); now.Before(next) { // columns may hold whole seconds
		now = next
	}
	_, err = tx.Exec(ctx, "update "+s.layout.Marker+" set last_update = ?"+where, tx.Time(now))
	return err
}

// prepared checks an entry that is to be written.
func (s *Store) prepared(ctx context.Context, e *beat.Entry) (*schema, *values, error) {
	if err := s.Usable(ctx); err != nil {
		return nil, nil, err
	}
	shape, err := s.shape(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := models.CheckJSON(*e); err != nil {
		return nil, nil, err
	}
	v, err := s.layout.values(e)
	if err != nil {
		return nil, nil, err
	}
	v.zone, v.clock = s.zone, s.clock
	return shape, v, v.fits(shape)
}

// column is a column with its value.
type column struct {
	name  string
	value any
}

func split(list []column) (names, marks string, args []any) {
	var n, m []string
	for _, c := range list {
		n, m, args = append(n, c.name), append(m, "?"), append(args, c.value)
	}
	return strings.Join(n, ", "), strings.Join(m, ", "), args
}

func nullable(text string) any { return sql.NullString{String: text, Valid: text != ""} }
