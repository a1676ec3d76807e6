package beat

import (
	"encoding/json"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
)

// EntryID names one schedule of one task within a store. Stores over SQL tables use the decimal primary key.
type EntryID string

// Entry is one schedule of one task as a store holds it: plain values, not yet checked. A task with several
// schedules makes several entries that share TaskID and everything that belongs to the task.
type Entry struct {
	ID     EntryID `json:"id"`
	TaskID string  `json:"task_id"`

	Name        string `json:"name"` // of the task, unique within the namespace
	Description string `json:"description,omitempty"`
	Owner       string `json:"owner,omitempty"` // who keeps the task in line, see package reconcile; empty: people do

	Task       string          `json:"task"`             // the registered name that workers know
	Args       json.RawMessage `json:"args,omitempty"`   // a JSON array
	Kwargs     json.RawMessage `json:"kwargs,omitempty"` // a JSON object
	Queue      string          `json:"queue,omitempty"`
	Exchange   string          `json:"exchange,omitempty"`
	RoutingKey string          `json:"routing_key,omitempty"`
	Priority   *int            `json:"priority,omitempty"`
	Headers    json.RawMessage `json:"headers,omitempty"` // a JSON object
	Options    json.RawMessage `json:"options,omitempty"` // a JSON object: any further option of apply_async

	Expires       time.Time `json:"expires,omitzero"`         // the task is worthless afterwards; zero: never
	ExpireSeconds *float64  `json:"expire_seconds,omitempty"` // the same, counted from the moment of sending

	Enabled       bool          `json:"enabled"` // the task
	OneOff        bool          `json:"one_off,omitempty"`
	StartTime     time.Time     `json:"start_time,omitzero"` // no run before; zero: none
	EndTime       time.Time     `json:"end_time,omitzero"`   // no run after; zero: none
	MaxRuns       int64         `json:"max_runs,omitempty"`  // of each schedule; 0: no limit
	Misfire       Misfire       `json:"misfire,omitempty"`
	MisfireWindow time.Duration `json:"misfire_window,omitempty"` // runs missed by more are not made up; 0: no limit
	Delivery      Delivery      `json:"delivery,omitempty"`

	Spec           schedule.Spec   `json:"schedule"`
	ScheduleKwargs json.RawMessage `json:"schedule_kwargs,omitempty"` // laid over Kwargs, key by key
	Jitter         time.Duration   `json:"jitter,omitempty"`          // most that a run is put off; 0: none
	Active         bool            `json:"active"`                    // the schedule

	CreatedAt  time.Time `json:"created_at"`  // of the schedule, UTC
	ModifiedAt time.Time `json:"modified_at"` // the later of task and schedule, UTC; zero: unknown, so when it is seen

	// RanAt is the last run by somebody else, as the tables of another scheduler tell it; zero: there was none since the
	// last one of ours. It counts like one of ours: what was planned up to it is not run again. DecidedTo is the cursor
	// with which it was read.
	RanAt     time.Time `json:"ran_at,omitzero"`
	DecidedTo time.Time `json:"-"`

	// Bad is set when the stored row cannot even be read into these fields; the others may then be empty.
	Bad *EntryError `json:"bad,omitempty"`
}

// Running tells whether the entry is switched on, at both the task and the schedule.
func (e *Entry) Running() bool { return e.Enabled && e.Active }

// CheckJSON returns an *EntryError about the first field that is to be JSON and is not. Stores that keep such fields as
// text refuse by it what a JSON column of a database refuses.
func (e *Entry) CheckJSON() error {
	for _, f := range []struct {
		name string
		text json.RawMessage
	}{
		{"args", e.Args},
		{"kwargs", e.Kwargs},
		{"headers", e.Headers},
		{"options", e.Options},
		{"schedule_kwargs", e.ScheduleKwargs},
	} {
		if len(f.text) > 0 && !json.Valid(f.text) {
			return &EntryError{ID: e.ID, Name: e.Name, Field: f.name, Value: string(f.text), Problem: "is not JSON"}
		}
	}
	return nil
}

// Misfire says what is done about runs that were missed, for example because no beat was running.
type Misfire string

// What can be done about missed runs. The empty value means MisfireLast.
const (
	MisfireLast Misfire = "last" // the latest one is made up, as celery beat does
	MisfireSkip Misfire = "skip" // none is
	MisfireAll  Misfire = "all"  // each one is
)

// Delivery says what happens to a run of which nobody knows whether the broker has it.
type Delivery string

// Delivery modes. The empty value means AtLeastOnce.
const (
	AtLeastOnce Delivery = "at_least_once" // it is published again under the same id
	AtMostOnce  Delivery = "at_most_once"  // it is recorded as unknown
)
