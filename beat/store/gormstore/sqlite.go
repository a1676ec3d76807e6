package gormstore

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	gosqlite "github.com/glebarez/go-sqlite"
	"github.com/glebarez/sqlite"

	"github.com/gobeat/gobeat/migrations"
)

// lite is SQLite 3.38 or newer, in a file on this host or in memory. It has one writer at a time.
type lite struct {
	db  *sql.DB
	cfg Config
}

func openSQLite(_ context.Context, t target, c Config) (opened, error) {
	db, err := sql.Open(sqlite.DriverName, sqliteDSN(t.path, c.Tasks == ""))
	if err != nil {
		return opened{}, err
	}
	db.SetMaxOpenConns(c.MaxConns)
	db.SetMaxIdleConns(c.MaxConns)
	if t.path == memory {
		db.SetMaxOpenConns(1) // each connection would have a database of its own
		db.SetConnMaxIdleTime(0)
	}
	return opened{
		db: db, dialector: &sqlite.Dialector{Conn: db}, dialect: &lite{db: db, cfg: c},
	}, nil
}

// sqliteDSN asks for durable commits, for transactions that begin as writers, since one that becomes a writer in the
// middle cannot wait, and, when the file is ours, for a journal that readers need not wait for: that is a property of
// the file.
func sqliteDSN(path string, ours bool) string {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(5000)", "synchronous(FULL)", "foreign_keys(1)"}}
	if ours {
		q.Add("_pragma", "journal_mode(WAL)")
	}
	name := path
	if path != memory {
		name = "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	}
	return name + "?" + q.Encode()
}

func (l *lite) kind() migrations.Dialect { return migrations.SQLite }

func (l *lite) deleteRuns(keys string) string { return deleteRunsIn(keys) }

// clock is the time of the host, as a number: the database can be used on this host only.
func (l *lite) joinTasks() string {
	return "cross join ${prefix}periodic_task p on p.id = s.task_id"
}

func (l *lite) clock(d time.Duration) string {
	return strconv.FormatInt(time.Now().Add(d).UnixMicro(), 10)
}

func (l *lite) stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

func (l *lite) serverVersion() string { return "select 'sqlite ' || sqlite_version()" }

func (l *lite) locks() *sessionLocks { return nil }

func (l *lite) close() error { return nil }

func (l *lite) hints() func(ctx context.Context, hint func()) { return nil }

func (l *lite) sql(query string) string { return prefixed(query, l.cfg.Prefix) }

// classify reads a result code: https://www.sqlite.org/rescode.html
func (l *lite) classify(err error) class {
	var e *gosqlite.Error
	if !errors.As(err, &e) {
		return other
	}
	const (
		codeError, codeBusy, codeLocked, codeReadOnly, codeIOErr, codeFull, codeCantOpen = 1, 5, 6, 8, 10, 13, 14
		constraintPrimaryKey, constraintUnique                                           = 1555, 2067
	)
	switch e.Code() {
	case constraintPrimaryKey, constraintUnique:
		return duplicate
	case codeError:
		if strings.Contains(e.Error(), "no such table") || strings.Contains(e.Error(), "no such column") {
			return missing
		}
		return other
	}
	switch e.Code() & 0xff {
	case codeBusy, codeLocked:
		return busy
	case codeReadOnly, codeIOErr, codeFull, codeCantOpen:
		return unavailable
	}
	return other
}

func (l *lite) updateLease(ctx context.Context, set, where string, args ...any) (leaseEnd, bool, error) {
	return updateReturning(ctx, l.db,
		l.sql("update ${prefix}beat_lease set "+set+" where "+where+" returning epoch, expires_at"), args)
}

func (l *lite) batchColumns() string { return batchColumns }
