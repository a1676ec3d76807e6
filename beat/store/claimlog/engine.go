package claimlog

import (
	"context"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// A Series is a sequence of records within a namespace. Its name consists of letters, digits, "-" and ":".
type Series string

// A Record is what stands at one place of a series.
type Record struct {
	Seq  int64 // its place, 1 or more
	Data []byte
}

// Engine is what a log needs of a database: one ordered map whose values are written once. Methods are safe for
// concurrent use. Reads see all writes that were finished before they began. Errors wrap that of the database;
// beat.ErrUnavailable is worth another attempt.
type Engine interface {
	// Insert puts a record at its place unless one is there already, atomically, and tells whether it did. After an
	// error the record may be there, or may still get there.
	Insert(ctx context.Context, s Series, r Record) (inserted bool, err error)
	// After returns records with a place after seq, ascending, up to limit.
	After(ctx context.Context, s Series, seq int64, limit int) ([]Record, error)
	// Before returns records with a place before seq, descending, up to limit.
	Before(ctx context.Context, s Series, seq int64, limit int) ([]Record, error)
	// Remove removes the records at the given places; those that are not there are passed over.
	Remove(ctx context.Context, s Series, seqs []int64) error
	// Now returns the clock of the database, UTC. It returns beat.ErrNoClock when there is none: times are then those of
	// the process, and a lease counts as expired once it was seen unchanged for its time to live.
	Now(ctx context.Context) (time.Time, error)
	// MaxRecord is the size of the largest record in bytes, at least 1024. Larger ones are split.
	MaxRecord() int
}

// Entries is what a log needs to know of the entries beside it. Methods are safe for concurrent use.
type Entries interface {
	// Running tells of the entries that are there whether they are switched on, task and schedule. Those that are not
	// there are absent.
	Running(ctx context.Context, ids []beat.EntryID) (map[beat.EntryID]bool, error)
	// SwitchOff does what the last run of an entry ends with. Doing so twice, or to an entry that is gone, is harmless.
	SwitchOff(ctx context.Context, id beat.EntryID, end beat.End) error
}

// stamp returns an instant as all stores keep it: UTC, microseconds.
func stamp(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}
