package redisstore

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// record is how the fields of an entry are stored, as JSON. What is JSON itself stands in it as text, so that it comes back
// byte for byte.
type record struct {
	beat.Entry

	Args           string `json:"args,omitempty"`
	Kwargs         string `json:"kwargs,omitempty"`
	Headers        string `json:"headers,omitempty"`
	Options        string `json:"options,omitempty"`
	ScheduleKwargs string `json:"schedule_kwargs,omitempty"`
}

// encode makes the text under which an entry is stored.
func encode(e beat.Entry) (string, error) {
	e.Expires, e.StartTime, e.EndTime, e.Spec.Clocked = stamp(e.Expires), stamp(e.StartTime), stamp(e.EndTime), stamp(e.Spec.Clocked)
	text, err := json.Marshal(record{
		Entry: e, Args: string(e.Args), Kwargs: string(e.Kwargs), Headers: string(e.Headers), Options: string(e.Options),
		ScheduleKwargs: string(e.ScheduleKwargs),
	})
	if err != nil {
		return "", fmt.Errorf("store entry %q: %w", e.Name, err)
	}
	return string(text), nil
}

// decode reads what encode wrote.
func decode(text string) (beat.Entry, error) {
	var r record
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return beat.Entry{}, err
	}
	e := r.Entry
	e.Args, e.Kwargs, e.Headers, e.Options = raw(r.Args), raw(r.Kwargs), raw(r.Headers), raw(r.Options)
	e.ScheduleKwargs = raw(r.ScheduleKwargs)
	return e, nil
}

func raw(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}

func stamp(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// Places of what the function row of the scripts answers.
const (
	rowID = iota
	rowTaskID
	rowTask
	rowSchedule
	rowEnabled
	rowActive
	rowTaskModified
	rowModified
	rowCreated
	rowFields
)

// entry joins a schedule with its task. What cannot be read makes an entry that is Bad.
func entry(reply any) beat.Entry {
	row := words(reply)
	if len(row) != rowFields {
		return beat.Entry{Bad: &beat.EntryError{Problem: fmt.Sprintf("the row has %d fields, want %d", len(row), rowFields)}}
	}
	id, taskID := beat.EntryID(row[rowID]), row[rowTaskID]
	bad := func(field, problem string) beat.Entry {
		return beat.Entry{ID: id, TaskID: taskID, Bad: &beat.EntryError{ID: id, Field: field, Problem: problem}}
	}
	e, err := decode(row[rowTask])
	if err != nil {
		return bad("task", "cannot be read: "+err.Error())
	}
	own, err := decode(row[rowSchedule])
	if err != nil {
		return bad("schedule", "cannot be read: "+err.Error())
	}
	at, err := instants(row[rowTaskModified], row[rowModified], row[rowCreated])
	if err != nil {
		return bad("modified", "cannot be read: "+err.Error())
	}
	e.ID, e.TaskID = id, taskID
	e.Spec, e.ScheduleKwargs, e.Jitter = own.Spec, own.ScheduleKwargs, own.Jitter
	e.Enabled, e.Active = row[rowEnabled] == "1", row[rowActive] == "1"
	e.CreatedAt, e.ModifiedAt = at[2], at[0]
	if at[1].After(at[0]) {
		e.ModifiedAt = at[1]
	}
	return e
}

func entries(reply any) []beat.Entry {
	rows := list(reply)
	out := make([]beat.Entry, len(rows))
	for i := range rows {
		out[i] = entry(rows[i])
	}
	return out
}
