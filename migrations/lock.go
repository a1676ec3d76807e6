package migrations

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"hash/fnv"
)

// lockWait is how long a program waits for another that migrates, in seconds (MySQL; PostgreSQL waits until the
// context ends).
const lockWait = 60

// locker holds a lock of the database session around migrations.
type locker struct {
	dialect Dialect
	prefix  string
}

// SessionLock waits for the lock and lifts the time limits that the session may have for ordinary work.
func (l locker) SessionLock(ctx context.Context, conn *sql.Conn) error {
	switch l.dialect {
	case Postgres:
		const lift = "select set_config('statement_timeout', '0', false), set_config('lock_timeout', '60s', false)"
		if _, err := conn.ExecContext(ctx, lift); err != nil {
			return fmt.Errorf("lift time limits: %w", err)
		}
		if _, err := conn.ExecContext(ctx, "select pg_advisory_lock($1)", l.key()); err != nil {
			return fmt.Errorf("wait for another migration: %w", err)
		}
	case MySQL:
		var got sql.NullInt64
		err := conn.QueryRowContext(ctx, "select get_lock(?, ?)", l.name(), lockWait).Scan(&got)
		if err != nil {
			return fmt.Errorf("wait for another migration: %w", err)
		}
		if got.Int64 != 1 {
			return errors.New("another migration has been running for a minute")
		}
	case SQLite: // see the comment of the package
	}
	return nil
}

// SessionUnlock gives the lock back.
func (l locker) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	var err error
	switch l.dialect {
	case Postgres:
		_, err = conn.ExecContext(ctx, "select pg_advisory_unlock($1)", l.key())
		_, reset := conn.ExecContext(ctx, "reset statement_timeout")
		_, reset2 := conn.ExecContext(ctx, "reset lock_timeout")
		err = errors.Join(err, reset, reset2)
	case MySQL:
		_, err = conn.ExecContext(ctx, "select release_lock(?)", l.name())
	case SQLite:
	}
	if err != nil {
		return fmt.Errorf("give the migration lock back: %w", err)
	}
	return nil
}

// begin takes a second lock on MySQL. goose makes its version table before it asks for the lock of the session, in two
// steps where tables are not transactional, and a program that comes in between fails.
func (m *Migrations) begin(ctx context.Context) (release func(), err error) {
	if m.dialect != MySQL {
		return func() {}, nil
	}
	conn, err := m.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	l := locker{dialect: MySQL, prefix: m.prefix + "first_"}
	if err := l.SessionLock(ctx, conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return func() {
		// The lock ends with the session at the latest.
		if l.SessionUnlock(context.WithoutCancel(ctx), conn) != nil {
			_ = conn.Raw(func(any) error { return driver.ErrBadConn })
		}
		_ = conn.Close()
	}, nil
}

func (l locker) name() string { return l.prefix + "beat_schema_version" }

func (l locker) key() int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("gobeat:" + l.name())) // never fails
	return int64(h.Sum64())
}
