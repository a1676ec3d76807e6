package transfer

import (
	"encoding/json"
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

// taskOf returns the document of the states of one task.
func taskOf(states []beat.EntryState, withState bool) Task {
	e := &states[0].Entry
	t := Task{
		Name: e.Name, Description: e.Description, Owner: e.Owner, Task: e.Task, Args: string(e.Args), Kwargs: string(e.Kwargs),
		Queue: e.Queue, Exchange: e.Exchange, RoutingKey: e.RoutingKey, Priority: e.Priority, Headers: string(e.Headers),
		Options: string(e.Options), Expires: e.Expires, ExpireSeconds: e.ExpireSeconds, Disabled: !e.Enabled, OneOff: e.OneOff,
		StartTime: e.StartTime, EndTime: e.EndTime, MaxRuns: e.MaxRuns, Misfire: e.Misfire, MisfireWindow: spanOf(e.MisfireWindow),
		Delivery: e.Delivery,
	}
	t.normalize()
	for i := range states {
		t.Schedules = append(t.Schedules, scheduleOf(&states[i], withState))
	}
	return t
}

func scheduleOf(st *beat.EntryState, withState bool) Schedule {
	e := &st.Entry
	s := Schedule{Spec: e.Spec, Kwargs: string(e.ScheduleKwargs), Jitter: spanOf(e.Jitter), Inactive: !e.Active}
	if withState {
		s.State = stateOf(e, &st.Cursor)
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
			MisfireWindow: t.MisfireWindow.duration(), Delivery: t.Delivery,
			Spec: s.Spec, ScheduleKwargs: raw(s.Kwargs), Jitter: s.Jitter.duration(), Active: !s.Inactive,
		}
	}
	return list
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
	t.MisfireWindow = spanOf(t.MisfireWindow.duration())
	for i := range t.Schedules {
		s := &t.Schedules[i]
		s.Clocked, s.Jitter = utc(s.Clocked), spanOf(s.Jitter.duration())
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

func raw(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}
