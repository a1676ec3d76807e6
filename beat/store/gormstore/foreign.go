package gormstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/gobeat/gobeat/migrations"
	"github.com/gobeat/gobeat/models"
)

// What a store over the tables of another scheduler (Config.Tasks) needs of this one, which keeps its state: it embeds
// a *Store and puts its own reading and editing of rows in place of ours.

// Dialect returns the kind of the database.
func (s *Store) Dialect() migrations.Dialect { return s.d.kind() }

// Usable returns an error when the store is closed or the context has ended.
func (s *Store) Usable(ctx context.Context) error { return s.usable(ctx) }

// Query reads rows. In the query, ? stands for an argument, which may be a slice in brackets, and ${prefix} for the
// prefix of the tables. The caller closes the rows; Wrap gives errors their meaning.
func (s *Store) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	return s.gorm.WithContext(ctx).Raw(s.sql(query), args...).Rows()
}

// Scan reads each row of such a query into the targets and then calls f, in the way that costs the least.
func (s *Store) Scan(ctx context.Context, query string, args, targets []any, f func()) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	return s.scan(ctx, query, args, targets, f)
}

// Ran is an SQL expression of the instant that a column last_run_at of Config.Tasks means.
func (s *Store) Ran(column string) string {
	if s.Dialect() != migrations.Postgres {
		return column
	}
	return s.cfg.ran(column)
}

// Reread is an SQL expression of what Ran gives for an instant that was told: in the hour that a clock change leaves out,
// they differ.
func (s *Store) Reread(instant string) string {
	if s.Dialect() != migrations.Postgres {
		return instant
	}
	return s.cfg.ran(s.cfg.told(instant))
}

// Wrap gives an error of the database the meaning that the ports have for it, and says what was attempted.
func (s *Store) Wrap(attempt string, err error) error { return s.wrap(attempt, err) }

// Write carries out f in one transaction.
func (s *Store) Write(ctx context.Context, attempt string, f func(*Tx) error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return s.wrap(attempt, err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit there is nothing to roll back
	if err := f(&Tx{store: s, tx: tx}); err != nil {
		return s.wrap(attempt, err)
	}
	return s.wrap(attempt, tx.Commit())
}

// Tx is a transaction of Write. In its statements, ? stands for an argument; they hold no other question marks.
type Tx struct {
	store *Store
	tx    *sql.Tx
}

// Exec carries out a statement and returns how many rows it met, changed or not.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := t.tx.ExecContext(ctx, t.bind(query), args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Row reads one row; sql.ErrNoRows when there is none.
func (t *Tx) Row(ctx context.Context, query string, args []any, into ...any) error {
	return t.tx.QueryRowContext(ctx, t.bind(query), args...).Scan(into...)
}

// Insert carries out an insert and returns the id that the database gave the row.
func (t *Tx) Insert(ctx context.Context, query string, args ...any) (int64, error) {
	if t.store.Dialect() == migrations.MySQL {
		res, err := t.tx.ExecContext(ctx, query, args...)
		if err != nil {
			return 0, err
		}
		return res.LastInsertId()
	}
	var id int64
	err := t.tx.QueryRowContext(ctx, t.bind(query+" returning id"), args...).Scan(&id)
	return id, err
}

// Time is an instant as an argument; nil for the zero one.
func (t *Tx) Time(at time.Time) any { return t.store.rowTime(at) }

// Ran writes when a task was run last, as a claim does.
func (t *Tx) Ran(ctx context.Context, key int64, at time.Time) error {
	s := t.store
	_, err := t.Exec(ctx, "update "+s.cfg.Tasks+" set last_run_at = "+s.toldMark()+" where id = ?", s.rowTime(at), key)
	return err
}

// toldMark stands for an argument that is written to last_run_at.
func (s *Store) toldMark() string {
	if s.cfg.TasksZone == "" || s.Dialect() != migrations.Postgres {
		return "?"
	}
	return s.cfg.told("?::timestamptz")
}

// rowTime is an instant as rows of tasks hold it; nil for the zero one.
func (s *Store) rowTime(at time.Time) any {
	switch {
	case at.IsZero():
		return nil
	case s.Dialect() == migrations.SQLite:
		return models.SQLiteText(at)
	}
	return at.UTC().Truncate(time.Microsecond)
}

func (t *Tx) bind(query string) string {
	query = t.store.sql(query)
	if t.store.Dialect() == migrations.Postgres {
		return bindDollar(query)
	}
	return query
}
