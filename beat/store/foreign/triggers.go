package foreign

import (
	"context"
	"errors"
	"fmt"

	"github.com/gobeat/gobeat/beat/store/gormstore"
	"github.com/gobeat/gobeat/migrations"
)

// ErrNoTriggers says that a database cannot notify.
var ErrNoTriggers = errors.New("triggers that notify are for PostgreSQL only; elsewhere changes are found by polls")

// The function of the triggers stands beside the tables of the state. Its name is that of the channel too.
const notifier = "${prefix}beat_change"

// trigger is what makes a table notify, under a condition. Claims write into the tasks, of which nobody needs to hear;
// edits by this program move the marker, which tells of them.
type trigger struct{ table, when string }

func (s *Store) triggers(shape *schema) []trigger {
	all := []trigger{
		{s.layout.Tasks, "when (current_setting('application_name') is distinct from '" + gormstore.ApplicationName + "') "},
		{s.layout.Marker, ""},
	}
	for _, t := range s.layout.Schedules {
		if shape.has(t.alias(), "id") { // not every version of the package has each kind
			all = append(all, trigger{t.Table, ""})
		}
	}
	return all
}

// AddTriggers makes changes of the scheduler's tables notify the stores that are opened from then on, bulk updates and SQL
// included: a function beside the tables of the state, whose tables need not be there, and a trigger for each statement
// on each of the scheduler's. It may be called again. It needs the right "trigger" on those tables. Only PostgreSQL has
// it; elsewhere the error is ErrNoTriggers.
func (s *Store) AddTriggers(ctx context.Context) error {
	return s.changeTriggers(ctx, "add triggers", func(tx *gormstore.Tx, shape *schema) error {
		_, err := tx.Exec(ctx, "create function "+notifier+"() returns trigger language plpgsql as $$ begin "+
			"perform pg_notify('"+notifier+"', ''); return null; end $$")
		if err != nil {
			return err
		}
		for _, w := range s.triggers(shape) {
			_, err := tx.Exec(ctx, "create trigger "+notifier+" after insert or update or delete or truncate on "+w.table+
				" for each statement "+w.when+"execute procedure "+notifier+"()")
			if err != nil {
				return fmt.Errorf("on the table %s: %w", w.table, err)
			}
		}
		return nil
	})
}

// RemoveTriggers takes back what AddTriggers did, if it did.
func (s *Store) RemoveTriggers(ctx context.Context) error {
	return s.changeTriggers(ctx, "remove triggers", func(*gormstore.Tx, *schema) error { return nil })
}

// changeTriggers removes the triggers, then does what else is wanted, in one transaction. That the function goes with
// all that depends on it spares us the right to drop triggers, which only owners of tables have.
func (s *Store) changeTriggers(ctx context.Context, attempt string, then func(*gormstore.Tx, *schema) error) error {
	if s.Dialect() != migrations.Postgres {
		return fmt.Errorf("%s: %w", attempt, ErrNoTriggers)
	}
	shape, err := s.shape(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", attempt, err)
	}
	return s.Write(ctx, attempt, func(tx *gormstore.Tx) error {
		if _, err := tx.Exec(ctx, "drop function if exists "+notifier+"() cascade"); err != nil {
			return err
		}
		return then(tx, shape)
	})
}

// lookForTriggers notes whether there are triggers.
func (s *Store) lookForTriggers(ctx context.Context) error {
	if s.Dialect() != migrations.Postgres {
		return nil
	}
	rows, err := s.Query(ctx, "select to_regprocedure('"+notifier+"()') is not null")
	if err != nil {
		return s.Wrap("look for triggers", err)
	}
	defer rows.Close()
	var there bool
	if rows.Next() {
		if err := rows.Scan(&there); err != nil {
			return s.Wrap("look for triggers", err)
		}
	}
	s.notified.Store(there)
	return s.Wrap("look for triggers", rows.Err())
}
