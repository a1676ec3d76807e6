package beat

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/message"
)

// Cursor is how far the runs of an entry have been decided. All that is later is still open.
type Cursor struct {
	ID        EntryID
	DecidedTo time.Time // UTC, microseconds; every run up to and including it was sent or given up
	LastRun   time.Time // planned instant of the latest run that was claimed for sending; zero: none yet
	Next      time.Time // the next run as the leader plans it; zero: none
	Spec      uint64    // Plan.Hash under which it was decided; 0: the entry was switched off or quarantined then
	Fires     int64     // runs claimed for sending
	Note      string    // why the entry does not run; empty when it does
}

// Decision moves the cursor of one entry, and sends the run at To if Fire is set.
type Decision struct {
	ID   EntryID
	Prev time.Time // the cursor this is based on; zero: there is none yet
	To   time.Time // the cursor afterwards; for a run its planned instant
	Fire bool
	Next time.Time // zero: none
	Spec uint64
	Note string
	End  End

	Missed       int64     // how many runs in (Prev, To] are not sent
	MissedReason string    // "coalesced", "skipped" or "expired"
	MissedFrom   time.Time // the first of them
	MissedTo     time.Time // the last of them
}

// End says what a run switches off because it is the last one.
type End uint8

// What a last run switches off.
const (
	EndNothing  End = iota
	EndSchedule     // active of the schedule
	EndTask         // enabled of the task
)

// Batch is what one claim decides, atomically.
type Batch struct {
	ID        uuid.UUID // made by the caller (UUIDv7); recognises a claim whose answer was lost
	Decisions []Decision
	Done      []Settlement // batches that are finished and are settled along the way
	Payload   []byte       // the rendered messages of runs whose entry ends with them; may be nil
}

// Check refuses a batch that no store could carry out: one of more than most decisions, or two on one entry.
func (b *Batch) Check(most int) error {
	if len(b.Decisions) > most {
		return fmt.Errorf("claim: %d decisions, at most %d are possible", len(b.Decisions), most)
	}
	seen := make(map[EntryID]bool, len(b.Decisions))
	for i := range b.Decisions {
		id := b.Decisions[i].ID
		if seen[id] {
			return fmt.Errorf("claim: entry %s is in the batch twice", id)
		}
		seen[id] = true
	}
	return nil
}

// Settlement records that a batch needs no further work. Every run of it that is not in Failed was confirmed.
type Settlement struct {
	Batch  uuid.UUID
	Failed []Failure
}

// Failure is a run that was claimed and did not reach a queue, or may not have.
type Failure struct {
	ID      EntryID
	Instant time.Time
	State   message.State
	Reason  string
}

// OpenBatch is a batch that was claimed, as its store keeps it.
type OpenBatch struct {
	ID      uuid.UUID
	Epoch   int64
	Runs    []Run
	Payload []byte
	Failed  []Failure // of a settled one, in no order
}

// Run is one occurrence of one entry.
type Run struct {
	ID      EntryID
	Instant time.Time // planned, UTC, microseconds
}

// Omission is a number of runs of one entry that were given up together.
type Omission struct {
	ID       EntryID
	From, To time.Time // the first and the last of them, planned, UTC
	Count    int64
	Reason   string // "coalesced", "skipped" or "expired"
	At       time.Time
}

// Record is a run in the history.
type Record struct {
	Run
	State     string // "confirmed", "unknown", "returned", "refused"
	Reason    string
	Epoch     int64
	Batch     uuid.UUID
	ClaimedAt time.Time
	SettledAt time.Time
}
