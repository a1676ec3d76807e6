package transfer

import (
	"strconv"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// State is how far a schedule has run. Instants are UTC.
type State struct {
	DecidedTo time.Time `json:"decided_to"`
	LastRun   time.Time `json:"last_run,omitzero"`
	Next      time.Time `json:"next,omitzero"`
	Runs      int64     `json:"runs,omitempty"`
	Spec      string    `json:"spec,omitempty"` // what was decided on, as a number in hexadecimal; a changed schedule counts anew
	Note      string    `json:"note,omitempty"`
}

// stateOf is how far an entry has run: by a beat, or by another scheduler that ran it last.
func stateOf(e *beat.Entry, c *beat.Cursor) *State {
	if c.DecidedTo.IsZero() && e.RanAt.IsZero() {
		return nil
	}
	s := &State{DecidedTo: c.DecidedTo, LastRun: c.LastRun, Next: c.Next, Runs: c.Fires, Note: c.Note}
	if c.Spec != 0 {
		s.Spec = strconv.FormatUint(c.Spec, 16)
	}
	if e.RanAt.After(s.DecidedTo) {
		s.DecidedTo, s.LastRun, s.Next, s.Spec = e.RanAt, e.RanAt, time.Time{}, ""
	}
	return s
}

// cursor returns the state of a schedule as a cursor of an entry, without what was decided on.
func (s *State) cursor(id beat.EntryID) beat.Cursor {
	return beat.Cursor{ID: id, DecidedTo: s.DecidedTo, LastRun: s.LastRun, Next: s.Next, Fires: s.Runs, Note: s.Note}
}

// spec is what was decided on; 0 when it is not known.
func (s *State) spec() (uint64, error) {
	if s.Spec == "" {
		return 0, nil
	}
	return strconv.ParseUint(s.Spec, 16, 64)
}
