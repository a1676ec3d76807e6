package reconcile

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// Difference is a field in which two states of a task differ, as texts.
type Difference struct {
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

// Differences compares what a list decides on. Schedules with the same instants are the same; they are shown as JSON.
func Differences(a, b beat.Entry) []Difference {
	var out []Difference
	add := func(field, old, new string) {
		if old != new {
			out = append(out, Difference{Field: field, Old: old, New: new})
		}
	}
	add("task", a.Task, b.Task)
	add("description", a.Description, b.Description)
	if !bytes.Equal(a.Spec.AppendKey(nil), b.Spec.AppendKey(nil)) {
		add("schedule", asJSON(a.Spec), asJSON(b.Spec))
	}
	for _, f := range [...]struct {
		name string
		a, b json.RawMessage
	}{
		{"args", a.Args, b.Args},
		{"kwargs", a.Kwargs, b.Kwargs},
		{"options", a.Options, b.Options},
		{"headers", a.Headers, b.Headers},
		{"schedule_kwargs", a.ScheduleKwargs, b.ScheduleKwargs},
	} {
		if !sameJSON(f.a, f.b) {
			add(f.name, string(f.a), string(f.b))
		}
	}
	add("queue", a.Queue, b.Queue)
	add("exchange", a.Exchange, b.Exchange)
	add("routing_key", a.RoutingKey, b.RoutingKey)
	add("priority", asJSON(a.Priority), asJSON(b.Priority))
	add("expires", instant(a.Expires), instant(b.Expires))
	add("expire_seconds", asJSON(a.ExpireSeconds), asJSON(b.ExpireSeconds))
	add("enabled", strconv.FormatBool(a.Enabled), strconv.FormatBool(b.Enabled))
	add("one_off", strconv.FormatBool(a.OneOff), strconv.FormatBool(b.OneOff))
	add("start_time", instant(a.StartTime), instant(b.StartTime))
	add("end_time", instant(a.EndTime), instant(b.EndTime))
	add("max_runs", strconv.FormatInt(a.MaxRuns, 10), strconv.FormatInt(b.MaxRuns, 10))
	add("misfire", string(orDefault(a.Misfire, beat.MisfireLast)), string(orDefault(b.Misfire, beat.MisfireLast)))
	add("misfire_window", a.MisfireWindow.String(), b.MisfireWindow.String())
	add("delivery", string(orDefault(a.Delivery, beat.AtLeastOnce)), string(orDefault(b.Delivery, beat.AtLeastOnce)))
	add("jitter", a.Jitter.String(), b.Jitter.String())
	add("owner", a.Owner, b.Owner)
	return out
}

func orDefault[T ~string](v, d T) T {
	if v == "" {
		return d
	}
	return v
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
}

// asJSON is the text of plain values, which can always be written.
func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
