package beat

import (
	"errors"
	"fmt"
	"time"
)

// Errors of the ports. Implementations wrap the error of their engine together with one of these.
var (
	ErrNotFound       = errors.New("not found")
	ErrExists         = errors.New("exists already")
	ErrConflict       = errors.New("changed by somebody else meanwhile")
	ErrTooOld         = errors.New("changes since that version are no longer known") // load everything again
	ErrClosed         = errors.New("closed")
	ErrUnknownOutcome = errors.New("outcome unknown") // the call may or may not have had its effect; ask by id
	ErrUnavailable    = errors.New("unavailable")     // worth another attempt
	ErrNoClock        = errors.New("the store has no clock of its own")
	ErrFenced         = errors.New("fenced: another beat leads")
	ErrLocked         = errors.New("a run of it is being sent") // worth another attempt
	ErrMigrate        = errors.New("the tables do not fit this version")
)

// errRewound is the cause of a term that ended because the store went back to an earlier state of itself.
var errRewound = errors.New("the store has lost what it had committed")

// A ShardsError means that beats over the same rows were told different numbers of shards.
type ShardsError struct {
	Own, Other int
	By         string // who has the other number, for people
	Unfinished bool   // nobody has it any longer, but batches of such a shard are not finished
}

// Error says who spreads the work how.
func (e *ShardsError) Error() string {
	if e.Unfinished {
		return fmt.Sprintf("shards: %d here, but a beat with at least %d left batches unfinished; run with that number once"+
			" more to finish them", e.Own, e.Other)
	}
	return fmt.Sprintf("shards: %d here, but %s runs with %d; all beats over the same rows need the same number",
		e.Own, e.By, e.Other)
}

// A HeldError means that another beat holds the lease.
type HeldError struct {
	By    string    // holder, for people
	Until time.Time // when the lease ends unless it is renewed
}

// Error says who holds the lease and until when.
func (e *HeldError) Error() string {
	return fmt.Sprintf("lease is held by %s until %s", e.By, e.Until.UTC().Format(time.RFC3339Nano))
}

// An EntryError says what is wrong with one entry: the field, its value, and what would be right. It never concerns
// another entry.
type EntryError struct {
	ID      EntryID `json:"id"`
	Name    string  `json:"name"`
	Field   string  `json:"field"`
	Value   string  `json:"value"`
	Problem string  `json:"problem"`
}

// Error names the entry, the field, the value and the problem in one line.
func (e *EntryError) Error() string {
	return fmt.Sprintf("%s (%s): %s", e.Name, e.ID, e.Reason())
}

// Reason is the error without the name of the entry.
func (e *EntryError) Reason() string {
	if e.Field == "" {
		return e.Problem
	}
	return fmt.Sprintf("%s: %.80q %s", e.Field, e.Value, e.Problem)
}
