package beat

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// The ports in this file are those that a store may offer beside the ones of Store. The scheduler works without them;
// they are for programs that embed it and for tools. Methods are safe for concurrent use and have their full effect or
// none, except with an error that is ErrUnknownOutcome.

// Agenda tells what is due by the plans of the leader (Features.Agenda): an entry is planned for Cursor.Next, which the
// leader writes when it meets the entry, after each run and after each change. An entry that no leader has met yet is on
// nobody's agenda. What is switched off, quarantined or has ended is not on it either.
type Agenda interface {
	// Due returns the entries whose next run is not later than now, in the order of that run, to the microsecond, and of
	// their ids where it is the same: at most limit of them, which must be positive. It claims nothing: whoever wants
	// the rest goes on when those are decided.
	Due(ctx context.Context, now time.Time, limit int) ([]Entry, error)
	// NextRun returns the earliest next run of all, UTC; false when there is none.
	NextRun(ctx context.Context) (time.Time, bool, error)
}

// Ledger is the cursors as a whole, for import, repair and monitoring (Features.Ledger).
type Ledger interface {
	// LastExecution returns the latest planned instant that was claimed for sending among the entries there are in the
	// namespace, UTC; false when none ever was.
	LastExecution(ctx context.Context) (time.Time, bool, error)
	// Put replaces the cursors of entries that exist, all or none of them: ErrNotFound names one that does not. While
	// anybody holds a lease of the namespace it returns ErrFenced, since a leader moves cursors by comparing them.
	Put(ctx context.Context, cursors []Cursor) error
}

// Inventory tells whether anything is stored (Features.Inventory), so that a program can tell its first start from one
// after somebody removed the last entry.
type Inventory interface {
	// Stored says Some as long as there is an entry, switched on or not.
	Stored(ctx context.Context) (Stored, error)
}

// Stored says whether a namespace has entries.
type Stored uint8

// What a namespace may have.
const (
	StoredNever Stored = iota // nothing was added yet, or not since the last Purge
	StoredEmpty               // there were entries, and the last one was deleted
	StoredSome                // there are entries
)

// String is "never", "empty" or "some".
func (s Stored) String() string {
	switch s {
	case StoredEmpty:
		return "empty"
	case StoredSome:
		return "some"
	case StoredNever:
	}
	return "never"
}

// Upserter edits in one call what a Catalog does in several (Features.Upserts).
type Upserter interface {
	// Upsert adds the entry when no task has its name, and otherwise replaces it as Update does, whatever its ModifiedAt;
	// the entry it replaces is the one with its ID, or the task's only one when ID is empty. It tells whether it added.
	// ErrNotFound when the ID is unknown, ErrConflict when ID is empty and the task has several schedules, ErrLocked by
	// mode.
	Upsert(ctx context.Context, e Entry, mode UpsertMode) (created bool, err error)
	// SetActive switches one schedule on or off; its task and the task's other schedules stay as they are. Doing so twice
	// is harmless. ErrNotFound.
	SetActive(ctx context.Context, id EntryID, on bool) error
}

// UpsertMode says what an Upsert of an entry that exists does to its next run.
type UpsertMode uint8

// Modes of Upsert.
const (
	// UpsertKeep leaves the cursor where it is: unless the schedule itself changed, the next run stays where it is, so that
	// who upserts the same entry again and again cannot put it off for ever.
	UpsertKeep UpsertMode = iota
	// UpsertForce begins anew: the entry counts from now by the store's clock, and what was due is not made up.
	UpsertForce
	// UpsertRefuseLocked is UpsertKeep, but ErrLocked while a run of the entry is claimed and not settled.
	UpsertRefuseLocked
)

// Extender keeps the lease behind a batch that takes long (Features.Extends).
type Extender interface {
	// Extend moves the end of the lease to until, unless it ends later already, provided that the batch was claimed under
	// it and is not settled. It returns the lease as it is then, which must be used from then on, as after Renew.
	// ErrFenced when the lease is another's, ErrNotFound when the batch is settled or unknown.
	Extend(ctx context.Context, l Lease, batch uuid.UUID, until time.Time) (Lease, error)
}

// Ranger lets several read the entries at once when all of them are loaded (Features.Ranges). Tokens are those of Load.
type Ranger interface {
	// Edge returns a token behind about the next n entries after the given one; an empty one when no more than that are
	// left.
	Edge(ctx context.Context, after PageToken, n int) (PageToken, error)
	// Range calls each with the entries after one token up to another, of which an empty one stands for the end, in no
	// order. Over ranges that adjoin each entry comes exactly once. What is pointed to is used again for the next one.
	Range(ctx context.Context, after, until PageToken, each func(*Entry)) error
}
