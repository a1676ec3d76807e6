package gormstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/migrations"
)

// dialect is what differs between databases. Its SQL texts have ${prefix} before the names of tables.
type dialect interface {
	kind() migrations.Dialect

	// clock is an SQL expression of the current time, ahead of it by d.
	clock(d time.Duration) string
	// stamp is the form of an instant in the state tables; nil for the zero one.
	stamp(t time.Time) any
	// serverVersion is a query for the name and version of the server.
	serverVersion() string
	// classify tells what an error of the driver means.
	classify(err error) class

	// joinTasks joins schedules s with their tasks p and leaves the planner no choice but to look up each one by its key:
	// of tables that were just filled there are no statistics, and it would read all tasks for some schedules, or even for
	// each one.
	joinTasks() string

	// updateLease carries out an update of beat_lease, and returns the row's epoch and end when there was one.
	updateLease(ctx context.Context, set, where string, args ...any) (lease leaseEnd, found bool, err error)
	// claim carries out a batch. fenced says that the lease is another's, and nothing was done. An error leaves
	// nothing done unless classify calls it lost.
	claim(ctx context.Context, l beat.Lease, c claim) (taken []int64, fenced bool, err error)
	// batchColumns are the columns of beat_batch as readBatches reads them.
	batchColumns() string

	// deleteRuns is a statement that removes the lines of the ledger whose keys (schedule_id, instant) a query returns.
	deleteRuns(keys string) string

	// feed returns how the log of changes is read.
	feed() feed
	// hints returns what calls hint after changes until ctx ends; nil when the database cannot tell.
	hints() func(ctx context.Context, hint func())
	// locks returns the locks that end with a connection; nil when the database has none.
	locks() *sessionLocks
	// close ends the connections that the dialect has opened for itself.
	close() error
}

func deleteRunsIn(keys string) string {
	return "delete from ${prefix}beat_ledger where (schedule_id, instant) in (" + keys + ")"
}

// rowReader is a dialect that reads many rows in a quicker way than database/sql does.
type rowReader interface {
	// eachRow reads each row into the targets and then calls f.
	eachRow(ctx context.Context, query string, args, targets []any, f func()) error
}

// feed reads the log of changes. It is used under a mutex.
type feed interface {
	// poll looks for changes and returns the version of all that it has seen.
	poll(ctx context.Context) (beat.Version, error)
	// since returns what was logged after a version; ErrTooOld when that is not known any more.
	since(ctx context.Context, v beat.Version) ([]logged, error)
	// trim removes all but the newest keepChanges changes.
	trim(ctx context.Context) error
}

// logged is a row of the log, without the ids that it does not have.
type logged struct {
	taskID, scheduleID int64
}

// everything tells that the log could not name what changed.
func (l logged) everything() bool { return l.taskID == 0 && l.scheduleID == 0 }

// class is what an error of a driver means for the caller.
type class uint8

const (
	other       class = iota // a fault that another attempt does not cure
	unavailable              // not carried out, worth another attempt
	busy                     // the same; another attempt at once may do
	lost                     // the connection broke: carried out or not
	missing                  // a table or column does not exist
	duplicate                // a unique key exists already
)

// leaseEnd is what an update of the lease returns.
type leaseEnd struct {
	epoch   int64
	expires time.Time
}

// claim is a batch in the form that dialects need: ids are keys, what no row can have is left out.
type claim struct {
	id        uuid.UUID
	decisions []decision
	done      []beat.Settlement
	payload   []byte
	again     bool // tried before
}

type decision struct {
	beat.Decision

	id int64
}

// querier is a connection, a transaction or a pool.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}
