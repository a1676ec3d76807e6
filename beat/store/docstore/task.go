package docstore

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/entryjson"
)

// task is the body of a document. The task's part of entries stands in Task, that of each schedule in Schedules.
type task struct {
	Last      int                `json:"last"` // number of the newest schedule; numbers are not used again
	Task      entryjson.Record   `json:"task"`
	Schedules []entryjson.Record `json:"schedules"`
}

// entryID names a schedule by its task and its number.
func entryID(taskID string, number int) beat.EntryID {
	return beat.EntryID(taskID + "." + strconv.Itoa(number))
}

// taskOf returns the ID of the task that an entry belongs to.
func taskOf(id beat.EntryID) string {
	taskID, _, _ := strings.Cut(string(id), ".")
	return taskID
}

// read returns the content of a document.
func read(d Document) (task, error) {
	var t task
	if err := json.Unmarshal(d.Body, &t); err != nil {
		return t, fmt.Errorf("task %s cannot be read: %w", d.ID, err)
	}
	err := t.Task.Check()
	for i := 0; err == nil && i < len(t.Schedules); i++ {
		err = t.Schedules[i].Check()
	}
	if err != nil {
		return t, fmt.Errorf("task %s cannot be read: %w", d.ID, err)
	}
	return t, nil
}

// write returns the document that follows old with the given content.
func write(old Document, t task) (Document, error) {
	body, err := json.Marshal(t)
	if err != nil {
		return Document{}, fmt.Errorf("store task %q: %w", t.Task.Name, err)
	}
	return Document{ID: old.ID, Name: t.Task.Name, Version: old.Version + 1, Body: body}, nil
}

// entries returns the schedules of a document, each joined with its task. What cannot be read makes an entry that is Bad.
func entries(d Document) []beat.Entry {
	t, err := read(d)
	if err != nil {
		id := entryID(d.ID, 1)
		return []beat.Entry{{ID: id, TaskID: d.ID, Name: d.Name, Bad: &beat.EntryError{
			ID: id, Name: d.Name, Field: "document", Problem: err.Error(),
		}}}
	}
	list := make([]beat.Entry, len(t.Schedules))
	for i := range t.Schedules {
		list[i] = t.entry(i)
	}
	return list
}

// entry joins a schedule with the task.
func (t *task) entry(i int) beat.Entry {
	e, own := t.Task.Unpack(), t.Schedules[i].Unpack()
	e.ID, e.Spec, e.ScheduleKwargs, e.Jitter, e.Active = own.ID, own.Spec, own.ScheduleKwargs, own.Jitter, own.Active
	e.CreatedAt = own.CreatedAt
	if own.ModifiedAt.After(e.ModifiedAt) {
		e.ModifiedAt = own.ModifiedAt
	}
	return e
}

// find returns the place of a schedule, -1 if there is none.
func (t *task) find(id beat.EntryID) int {
	return slices.IndexFunc(t.Schedules, func(r entryjson.Record) bool { return r.ID == id })
}

// ids names all schedules.
func (t *task) ids() []beat.EntryID {
	ids := make([]beat.EntryID, len(t.Schedules))
	for i := range t.Schedules {
		ids[i] = t.Schedules[i].ID
	}
	return ids
}

// setTask replaces the task's part.
func (t *task) setTask(taskID string, e beat.Entry, at time.Time) {
	e.ID, e.TaskID, e.CreatedAt = "", taskID, t.Task.CreatedAt
	e.Spec, e.ScheduleKwargs, e.Jitter, e.Active = schedule.Spec{}, nil, 0, false
	e.ModifiedAt, e.RanAt, e.Bad = later(t.Task.ModifiedAt, at), time.Time{}, nil
	t.Task = entryjson.New(e)
}

// setSchedule replaces the schedule at a place.
func (t *task) setSchedule(i int, e beat.Entry, at time.Time) {
	old := t.Schedules[i]
	t.Schedules[i] = entryjson.New(beat.Entry{
		ID: old.ID, Spec: e.Spec, ScheduleKwargs: e.ScheduleKwargs, Jitter: e.Jitter, Active: e.Active,
		CreatedAt: old.CreatedAt, ModifiedAt: later(old.ModifiedAt, at),
	})
}

// overwrite replaces the schedule at a place and the task's part, and returns what they make.
func (t *task) overwrite(i int, e beat.Entry, at time.Time) beat.Entry {
	t.setTask(t.Task.TaskID, e, at)
	t.setSchedule(i, e, at)
	return t.entry(i)
}

// addSchedule adds a schedule and returns its place.
func (t *task) addSchedule(taskID string, e beat.Entry, at time.Time) int {
	t.Last++
	own := entryjson.Record{}
	own.ID, own.CreatedAt = entryID(taskID, t.Last), at
	t.Schedules = append(t.Schedules, own)
	t.setSchedule(len(t.Schedules)-1, e, at)
	return len(t.Schedules) - 1
}

// later is at, or just after the former instant if the clock has not moved since.
func later(former, at time.Time) time.Time {
	if at.After(former) {
		return at
	}
	return former.Add(time.Microsecond)
}
