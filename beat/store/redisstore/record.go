package redisstore

import (
	"encoding/json"
	"fmt"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/entryjson"
)

// encode makes the text under which an entry is stored.
func encode(e beat.Entry) (string, error) {
	text, err := json.Marshal(entryjson.New(e))
	if err != nil {
		return "", fmt.Errorf("store entry %q: %w", e.Name, err)
	}
	return string(text), nil
}

// decode reads what encode wrote.
func decode(text string) (beat.Entry, error) {
	var r entryjson.Record
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return beat.Entry{}, err
	}
	return r.Unpack(), r.Check()
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
	row := Words(reply)
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
	rows := List(reply)
	out := make([]beat.Entry, len(rows))
	for i := range rows {
		out[i] = entry(rows[i])
	}
	return out
}
