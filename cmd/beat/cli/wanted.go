package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/reconcile"
	"github.com/gobeat/gobeat/beat/schedule"
)

// wantedItem is an entry of beat_schedule: what stands there in Celery, and what it has no words for.
type wantedItem struct {
	Task     string          `json:"task"`
	Schedule json.RawMessage `json:"schedule"`
	Args     json.RawMessage `json:"args"`
	Kwargs   json.RawMessage `json:"kwargs"`
	Options  json.RawMessage `json:"options"`
	Relative bool            `json:"relative"`
	Tenants  []string        `json:"tenant_schemas"` // of tenant-schemas-celery

	Description   string        `json:"description"`
	Enabled       *bool         `json:"enabled"`
	OneOff        bool          `json:"one_off"`
	StartTime     time.Time     `json:"start_time"`
	EndTime       time.Time     `json:"end_time"`
	MaxRuns       int64         `json:"max_runs"`
	Misfire       beat.Misfire  `json:"misfire"`
	MisfireWindow seconds       `json:"misfire_window"`
	Delivery      beat.Delivery `json:"delivery"`
	Jitter        seconds       `json:"jitter"`
}

// seconds is a duration in a file: a number of seconds, or a text such as 1h30m.
type seconds time.Duration

// UnmarshalJSON reads either.
func (s *seconds) UnmarshalJSON(text []byte) error {
	word := string(text)
	if text[0] == '"' {
		if err := json.Unmarshal(text, &word); err != nil {
			return err
		}
	}
	d, err := parseSpan(word)
	if err != nil {
		return fmt.Errorf("duration %w", err)
	}
	*s = seconds(d)
	return nil
}

// wantedOf reads the setting beat_schedule: a map of names to entries. What is wrong about one entry is noted there. Those
// of other tenants are left out: wants tells by the list of an entry, nil when it has none.
func wantedOf(list *yaml.Node, wants func(tenants []string) (bool, error)) ([]reconcile.Wanted, error) {
	if list.Kind != yaml.MappingNode {
		return nil, errors.New("beat_schedule is not a map of names to tasks")
	}
	out := make([]reconcile.Wanted, 0, len(list.Content)/2)
	for i := 0; i+1 < len(list.Content); i += 2 {
		w := reconcile.Wanted{Entry: beat.Entry{Name: list.Content[i].Value, Enabled: true, Active: true}}
		tenants, err := readWanted(&w, list.Content[i+1])
		ours := true
		if err == nil {
			ours, err = wants(tenants)
		}
		if err != nil {
			w.Entry.Bad = entryProblem(w.Entry.Name, err)
		}
		if ours || err != nil {
			out = append(out, w)
		}
	}
	return out, nil
}

// readWanted reads one entry, and returns the tenants that it names.
func readWanted(w *reconcile.Wanted, node *yaml.Node) ([]string, error) {
	e := &w.Entry
	if node.Kind != yaml.MappingNode {
		return nil, &schedule.FieldError{Field: "beat_schedule", Value: e.Name, Problem: "is not a map with task and schedule"}
	}
	text, err := toJSON(node)
	if err != nil {
		return nil, &schedule.FieldError{Field: "beat_schedule", Value: e.Name, Problem: "cannot be sent as JSON: " + err.Error()}
	}
	var item wantedItem
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&item); err != nil {
		problem := "cannot be read: " + err.Error()
		if key, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			problem = "has the unknown key " + key
		}
		return nil, &schedule.FieldError{Field: "beat_schedule", Value: e.Name, Problem: problem}
	}
	w.Enabled = item.Enabled
	e.Task, e.Args, e.Kwargs, e.Options = item.Task, given(item.Args), given(item.Kwargs), given(item.Options)
	e.Description, e.OneOff, e.MaxRuns = item.Description, item.OneOff, item.MaxRuns
	e.StartTime, e.EndTime = item.StartTime, item.EndTime
	e.Misfire, e.MisfireWindow = item.Misfire, time.Duration(item.MisfireWindow)
	e.Delivery, e.Jitter = item.Delivery, time.Duration(item.Jitter)
	if given(item.Schedule) == nil {
		return nil, &schedule.FieldError{Field: "schedule", Problem: "is missing"}
	}
	e.Spec, err = wantedSchedule(item.Schedule)
	if e.Spec.Kind == schedule.KindInterval && item.Relative {
		e.Spec.Relative = true
	}
	return item.Tenants, err
}

// given is nil for null, which stands for what is not given.
func given(text json.RawMessage) json.RawMessage {
	if string(text) == "null" {
		return nil
	}
	return text
}

// wantedSchedule reads a number of seconds, a crontab as a text, or a map with the fields of a schedule.
func wantedSchedule(text json.RawMessage) (schedule.Spec, error) {
	var l nextLine
	switch text[0] {
	case '"':
		var crontab string
		if err := json.Unmarshal(text, &crontab); err != nil {
			return schedule.Spec{}, fmt.Errorf("schedule: %w", err)
		}
		return schedule.ParseCrontab(crontab)
	case '{':
		if err := decodeLine(text, &l); err != nil {
			return schedule.Spec{}, &schedule.FieldError{Field: "schedule", Value: string(text), Problem: err.Error()}
		}
		if l.Kind == "" {
			l.Kind = kindOf(&l)
		}
	default:
		number := json.Number(text)
		l = nextLine{Kind: schedule.KindInterval, Every: &number, Period: "seconds"}
	}
	return l.spec()
}

// kindOf guesses the kind of a schedule from the fields that it has.
func kindOf(l *nextLine) schedule.Kind {
	switch {
	case l.Every != nil:
		return schedule.KindInterval
	case l.Event != "":
		return schedule.KindSolar
	case l.Clocked != "":
		return schedule.KindClocked
	}
	return schedule.KindCrontab
}
