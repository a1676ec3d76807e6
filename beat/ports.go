package beat

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/message"
)

// Entries is what the loop reads. Methods are safe for concurrent use.
type Entries interface {
	// Load returns up to limit entries with an ID after the token, active or not, in the store's own order, each
	// one exactly once over all pages. The first page has an empty token; the last one returns an empty token.
	// A row that cannot be read is an Entry with Bad set, never an error.
	Load(ctx context.Context, after PageToken, limit int) ([]Entry, PageToken, error)
	// Lookup returns one entry, or ErrNotFound.
	Lookup(ctx context.Context, id EntryID) (Entry, error)
}

// PageToken marks a place in a listing; its content is the store's own.
type PageToken string

// Version marks a state of the entries; only the store that made it can read more than Same out of it.
type Version struct {
	Seq   int64     // number of the newest change seen
	Count int64     // tells apart states with equal Seq, for instance after a transaction committed late
	At    time.Time // when the newest change was made, UTC
	Open  []int64   // numbers below Seq whose changes were not visible yet
}

// Same tells whether nothing changed between the two versions.
func (v Version) Same(o Version) bool { return v.Seq == o.Seq && v.Count == o.Count }

// Changes tells what happened to the entries. Methods are safe for concurrent use.
type Changes interface {
	// Latest is one cheap read; its answer moves with every committed insert, update and delete of a task or a
	// schedule, whoever made it and however, and not with the store's own writes of cursors.
	Latest(ctx context.Context) (Version, error)
	// Since returns the entries changed and deleted after v, and the version to ask with next. A change may be
	// reported more than once, never not at all. It returns ErrTooOld when it cannot tell.
	Since(ctx context.Context, v Version) (changed []Entry, deleted []EntryID, next Version, err error)
	// Hints returns a channel that receives a value soon after a change and is closed when ctx ends. Hints may be
	// lost or come without reason. A store without hints returns nil.
	Hints(ctx context.Context) <-chan struct{}
}

// Cursors is what is known of the runs of entries. Methods are safe for concurrent use.
type Cursors interface {
	// Get returns the cursors of the given entries; an entry that was never decided on is absent.
	Get(ctx context.Context, ids []EntryID) (map[EntryID]Cursor, error)
	// History returns runs of an entry earlier than before, the latest first. It returns nothing when the store
	// keeps none (Features.History).
	History(ctx context.Context, id EntryID, before time.Time, limit int) ([]Record, error)
	// Omissions returns the runs of an entry that were given up, those whose last one is earlier than before, the
	// latest first. It returns nothing when the store keeps no history.
	Omissions(ctx context.Context, id EntryID, before time.Time, limit int) ([]Omission, error)
}

// Claims decides who sends what. Methods are safe for concurrent use.
type Claims interface {
	// Acquire takes the lease of a shard when it is free, expired by the store's clock, already the holder's, or when
	// the holder is Locked and the lease was granted or renewed by one that was, which is dead then. The new epoch is
	// larger than every earlier one and at least atLeast. It returns *HeldError otherwise.
	Acquire(ctx context.Context, shard int, by Holder, ttl time.Duration, atLeast int64) (Lease, error)
	// Renew moves the end of the lease and notes l.Locked. It returns ErrFenced when the lease has gone to somebody else,
	// and also when the store has forgotten an earlier renewal that it confirmed.
	Renew(ctx context.Context, l Lease, ttl time.Duration) (Lease, error)
	// Release gives the lease up at once; its epoch stays used. It returns ErrFenced when it was lost already.
	Release(ctx context.Context, l Lease) error
	// Leader returns the lease of a shard as it stands; ErrNotFound when nobody ever held it.
	Leader(ctx context.Context, shard int) (LeaseState, error)

	// Claim carries out all decisions whose cursor stands where Prev says and whose To is not more than 500 ms ahead
	// of the store's clock, records the runs among them as an unsettled batch, writes missed runs, switches off what
	// ends, and settles Done: all of it or nothing. It returns the entries whose decision was carried out. The same
	// batch claimed again changes nothing and returns the same. It returns ErrFenced when the lease is another's,
	// and ErrUnknownOutcome when it cannot tell what happened.
	Claim(ctx context.Context, l Lease, b Batch) ([]EntryID, error)
	// Settle records that batches need no further work. Unknown batches are passed over, and so are settled ones, but
	// for their Failed: those runs turned out not to have reached a queue, and the history says so from then on.
	// ErrFenced.
	Settle(ctx context.Context, l Lease, done []Settlement) error
	// Unsettled returns batches of epochs before the lease's own, the oldest first.
	Unsettled(ctx context.Context, l Lease) ([]OpenBatch, error)
	// Settled returns batches of the shard that were settled since that long ago at most, by the store's clock, the oldest
	// first, with the failures that were recorded. A store need not keep them for longer than a minute.
	Settled(ctx context.Context, l Lease, since time.Duration) ([]OpenBatch, error)
}

// Crew tells beats over the same rows of each other. Methods are safe for concurrent use.
type Crew interface {
	// Muster notes that m is there for the next ttl, by the store's clock, and returns all that are, m included, in the
	// order of their holders.
	Muster(ctx context.Context, m Member, ttl time.Duration) ([]Member, error)
	// Leave notes that a beat is no longer there; one that is not known is none of an error.
	Leave(ctx context.Context, holder uuid.UUID) error
}

// Vigil is a port that a store may offer beside the others (Features.Locks): a lock that ends with the process that
// holds it, by which the death of a leader is noticed sooner than by its lease. Nothing but speed depends on it.
type Vigil interface {
	// Lock waits until no other process holds the lock of a shard and takes it. The error is that of ctx, or tells that
	// the store cannot be reached.
	Lock(ctx context.Context, shard int) (Lock, error)
}

// Lock is a lock that is held.
type Lock interface {
	// Lost is closed when the lock is no longer held.
	Lost() <-chan struct{}
	// Unlock gives the lock up; it is idempotent.
	Unlock()
}

// Lifecycle is how a store starts, describes itself and ends.
type Lifecycle interface {
	// Prepare creates or updates what the store needs, or only checks it. ErrMigrate says what is missing and which
	// command creates it.
	Prepare(ctx context.Context, mode PrepareMode) error
	// Features says what the store can do.
	Features() Features
	// Now returns the store's clock, UTC, or ErrNoClock.
	Now(ctx context.Context) (time.Time, error)
	// Close is idempotent; later calls of other methods return ErrClosed.
	Close() error
}

// PrepareMode says what Prepare may do.
type PrepareMode uint8

// Modes of Prepare.
const (
	PrepareCreate PrepareMode = iota // create and update tables
	PrepareCheck                     // write nothing
)

// Store is all that the scheduler needs of a store.
type Store interface {
	Entries
	Changes
	Cursors
	Claims
	Crew
	Lifecycle
}

// Catalog is what people and programs edit. Methods are safe for concurrent use.
type Catalog interface {
	// Add creates the task and its schedule, or only the schedule when TaskID is given. ErrExists when the name is
	// taken. The values are written as they are; a bad one becomes a quarantined entry, as with any other writer. Stores
	// that Features.Inherits write RanAt as the last run; the others have no place for it.
	Add(ctx context.Context, e Entry) (Entry, error)
	// Update replaces task and schedule. A non-zero ModifiedAt must be the stored one, else ErrConflict. ErrNotFound.
	Update(ctx context.Context, e Entry) (Entry, error)
	// SetEnabled switches a task with all its schedules on or off; doing so twice is harmless. ErrNotFound.
	SetEnabled(ctx context.Context, taskID string, on bool) error
	// Delete removes a schedule, and its task when it was the last one. Claimed runs are still sent. ErrNotFound.
	Delete(ctx context.Context, id EntryID) error
	// Purge removes all tasks of the namespace with everything that is known about them.
	Purge(ctx context.Context) error
}

// Lister shows entries with what became of them. Methods are safe for concurrent use.
type Lister interface {
	// List returns entries ordered by name, then ID.
	List(ctx context.Context, f Filter, after PageToken, limit int) ([]EntryState, PageToken, error)
}

// Filter chooses entries; the zero Filter chooses all.
type Filter struct {
	Name    string // exact
	Task    string // exact
	Owner   string // exact
	Enabled *bool
}

// Match tells whether the filter chooses an entry.
func (f *Filter) Match(e *Entry) bool {
	return (f.Name == "" || f.Name == e.Name) && (f.Task == "" || f.Task == e.Task) && (f.Owner == "" || f.Owner == e.Owner) &&
		(f.Enabled == nil || *f.Enabled == e.Enabled)
}

// EntryState is an entry with its cursor; the cursor's DecidedTo is zero when there is none.
type EntryState struct {
	Entry  Entry
	Cursor Cursor
}

// Publisher hands batches of messages to one broker. Methods are safe for concurrent use.
type Publisher interface {
	// TakeOver makes the broker refuse everything of earlier leaders from now on, and later batches carry the fence.
	// It returns *message.FencedError when the broker knows an epoch that is not smaller. It may have to wait for the
	// former leader's connection to end; ctx bounds that.
	TakeOver(ctx context.Context, f message.Fence) error
	// Publish sends a batch and returns an outcome for each message, in order, also together with an error. The error
	// says that the rest could not be sent or that its fate is unknown: message.ErrUnavailable, *message.FencedError.
	// It may be called again with the same batch; a broker with a memory then sends only what it lacks.
	Publish(ctx context.Context, b message.Batch) ([]message.Outcome, error)
	// Lookup tells what the broker remembers of a batch of n messages: Unknown where it does not.
	Lookup(ctx context.Context, batch uuid.UUID, n int) ([]message.Outcome, error)
	// Check connects if needed and tells whether messages could be sent now.
	Check(ctx context.Context) error
	// Close ends the connections and with them the fence; a later call returns message.ErrClosed.
	Close() error
}

// Memory is a port that a publisher may offer beside the others: it notices that its broker may have lost what it
// confirmed.
type Memory interface {
	// Lapses receives a value after the broker was restarted, replaced or emptied. It is buffered and never closed. It is
	// nil when the broker remembers no batches anyway.
	Lapses() <-chan struct{}
}

// Observer is told what happens; its methods must not block. Times are UTC.
type Observer interface {
	// Sent is called for each run that the broker confirmed.
	Sent(r Run, name, task string, at time.Time)
	// Failed is called for each run that will not reach a queue.
	Failed(f Failure, name string)
	// Missed is called for runs that are given up.
	Missed(id EntryID, name, reason string, n int64)
	// Repaired is called for each run that the broker had confirmed and lost, and that is sent again.
	Repaired(r Run, name string)
	// Led is called when this process starts (true) or stops (false) to lead.
	Led(leading bool, epoch int64)
}
