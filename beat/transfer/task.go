package transfer

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
)

// Task is a task with its schedules, as a document has it.
type Task struct {
	Name          string        `json:"name"`
	Description   string        `json:"description,omitempty"`
	Owner         string        `json:"owner,omitempty"`
	Task          string        `json:"task"`
	Args          string        `json:"args,omitempty"`
	Kwargs        string        `json:"kwargs,omitempty"`
	Queue         string        `json:"queue,omitempty"`
	Exchange      string        `json:"exchange,omitempty"`
	RoutingKey    string        `json:"routing_key,omitempty"`
	Priority      *int          `json:"priority,omitempty"`
	Headers       string        `json:"headers,omitempty"`
	Options       string        `json:"options,omitempty"`
	Expires       time.Time     `json:"expires,omitzero"`
	ExpireSeconds *float64      `json:"expire_seconds,omitempty"`
	Disabled      bool          `json:"disabled,omitempty"`
	OneOff        bool          `json:"one_off,omitempty"`
	StartTime     time.Time     `json:"start_time,omitzero"`
	EndTime       time.Time     `json:"end_time,omitzero"`
	MaxRuns       int64         `json:"max_runs,omitempty"`
	Misfire       beat.Misfire  `json:"misfire,omitempty"`
	MisfireWindow span          `json:"misfire_window,omitempty"`
	Delivery      beat.Delivery `json:"delivery,omitempty"`
	Schedules     []Schedule    `json:"schedules"`
}

// Schedule is one of them.
type Schedule struct {
	schedule.Spec

	Kwargs   string `json:"kwargs,omitempty"` // laid over those of the task
	Jitter   span   `json:"jitter,omitempty"`
	Inactive bool   `json:"inactive,omitempty"`
	State    *State `json:"state,omitempty"` // nil: never decided on
}

// State is how far a schedule has run. Instants are UTC.
type State struct {
	DecidedTo time.Time `json:"decided_to"`
	LastRun   time.Time `json:"last_run,omitzero"`
	Next      time.Time `json:"next,omitzero"`
	Runs      int64     `json:"runs,omitempty"`
	Spec      string    `json:"spec,omitempty"` // what was decided on, as a number in hexadecimal; a changed schedule counts anew
	Note      string    `json:"note,omitempty"`
}

// span is a duration that documents state as text, such as "1m30s".
type span time.Duration

// MarshalText writes what UnmarshalText reads.
func (s span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText reads a duration.
func (s *span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a duration such as 90s or 1m30s", text)
	}
	*s = span(d)
	return nil
}

// taskOf returns the document of the states of one task.
func taskOf(states []beat.EntryState, withState bool) Task {
	e := &states[0].Entry
	t := Task{
		Name: e.Name, Description: e.Description, Owner: e.Owner, Task: e.Task, Args: string(e.Args), Kwargs: string(e.Kwargs),
		Queue: e.Queue, Exchange: e.Exchange, RoutingKey: e.RoutingKey, Priority: e.Priority, Headers: string(e.Headers),
		Options: string(e.Options), Expires: e.Expires, ExpireSeconds: e.ExpireSeconds, Disabled: !e.Enabled, OneOff: e.OneOff,
		StartTime: e.StartTime, EndTime: e.EndTime, MaxRuns: e.MaxRuns, Misfire: e.Misfire, MisfireWindow: span(e.MisfireWindow),
		Delivery: e.Delivery,
	}
	t.normalize()
	for i := range states {
		e, c := &states[i].Entry, &states[i].Cursor
		s := Schedule{Spec: e.Spec, Kwargs: string(e.ScheduleKwargs), Jitter: span(e.Jitter), Inactive: !e.Active}
		if withState {
			s.State = stateOf(e, c)
		}
		t.Schedules = append(t.Schedules, s)
	}
	return t
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

// entries returns what the task is made of, without ids.
func (t *Task) entries() []beat.Entry {
	list := make([]beat.Entry, len(t.Schedules))
	for i := range t.Schedules {
		s := &t.Schedules[i]
		list[i] = beat.Entry{
			Name: t.Name, Description: t.Description, Owner: t.Owner, Task: t.Task, Args: raw(t.Args), Kwargs: raw(t.Kwargs),
			Queue: t.Queue, Exchange: t.Exchange, RoutingKey: t.RoutingKey, Priority: t.Priority, Headers: raw(t.Headers),
			Options: raw(t.Options), Expires: t.Expires, ExpireSeconds: t.ExpireSeconds, Enabled: !t.Disabled, OneOff: t.OneOff,
			StartTime: t.StartTime, EndTime: t.EndTime, MaxRuns: t.MaxRuns, Misfire: t.Misfire,
			MisfireWindow: time.Duration(t.MisfireWindow), Delivery: t.Delivery,
			Spec: s.Spec, ScheduleKwargs: raw(s.Kwargs), Jitter: time.Duration(s.Jitter), Active: !s.Inactive,
		}
	}
	return list
}

// cursor returns the state of a schedule as a cursor of an entry.
func (s *State) cursor(id beat.EntryID) (beat.Cursor, error) {
	c := beat.Cursor{ID: id, DecidedTo: s.DecidedTo, LastRun: s.LastRun, Next: s.Next, Fires: s.Runs, Note: s.Note}
	if s.Spec == "" {
		return c, nil
	}
	var err error
	if c.Spec, err = strconv.ParseUint(s.Spec, 16, 64); err != nil {
		return c, fmt.Errorf("state.spec %q is not a number in hexadecimal", s.Spec)
	}
	return c, nil
}

// normalize gives one form to what means the same.
func (t *Task) normalize() {
	if t.Misfire == beat.MisfireLast {
		t.Misfire = ""
	}
	if t.Delivery == beat.AtLeastOnce {
		t.Delivery = ""
	}
	t.Expires, t.StartTime, t.EndTime = utc(t.Expires), utc(t.StartTime), utc(t.EndTime)
	for i := range t.Schedules {
		s := &t.Schedules[i]
		s.Clocked = utc(s.Clocked)
		if s.State != nil {
			s.State.DecidedTo, s.State.LastRun, s.State.Next = utc(s.State.DecidedTo), utc(s.State.LastRun), utc(s.State.Next)
		}
	}
}

// utc is an instant as stores keep it.
func utc(at time.Time) time.Time {
	if at.IsZero() {
		return time.Time{}
	}
	return at.UTC().Truncate(time.Microsecond)
}

// check refuses what no store takes.
func (t *Task) check() error {
	switch {
	case t.Name == "":
		return errors.New("name is missing")
	case t.Task == "":
		return fmt.Errorf("task of %q is missing", t.Name)
	case len(t.Schedules) == 0:
		return fmt.Errorf("%q has no schedules", t.Name)
	}
	for i, e := range t.entries() {
		if err := e.CheckJSON(); err != nil {
			return err
		}
		if s := t.Schedules[i].State; s != nil {
			if s.DecidedTo.IsZero() {
				return fmt.Errorf("%q: state.decided_to is missing", t.Name)
			}
			if _, err := s.cursor(""); err != nil {
				return fmt.Errorf("%q: %w", t.Name, err)
			}
		}
	}
	return nil
}

func raw(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}
