package redbeat

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// lastRun reads last_run_at out of a meta; zero when it has none. total_run_count is left to the scripts.
func lastRun(text string) (time.Time, *problem) {
	if text == "" {
		return time.Time{}, nil
	}
	var meta struct {
		LastRunAt *moment `json:"last_run_at"`
	}
	if err := decodeOne(text, &meta); err != nil {
		return time.Time{}, &problem{"meta", text, "cannot be read: " + err.Error()}
	}
	if meta.LastRunAt == nil {
		return time.Time{}, nil
	}
	return meta.LastRunAt.time, nil
}

// moment is a datetime in RedBeat's JSON.
type moment struct{ time time.Time }

// datetime is its form. The zone is a name, or a number of seconds east of UTC; without one it is UTC.
type datetime struct {
	Type        string `json:"__type__"`
	Year        int    `json:"year"`
	Month       int    `json:"month"`
	Day         int    `json:"day"`
	Hour        int    `json:"hour"`
	Minute      int    `json:"minute"`
	Second      int    `json:"second"`
	Microsecond int    `json:"microsecond"`
	Timezone    any    `json:"timezone,omitempty"`
}

// UnmarshalJSON reads a datetime; it is how encoding/json calls it.
func (m *moment) UnmarshalJSON(raw []byte) error {
	var d datetime
	if err := json.Unmarshal(raw, &d); err != nil {
		return err
	}
	if d.Type != "datetime" {
		return fmt.Errorf("has the type %q, where datetime is wanted", d.Type)
	}
	zone, err := zoneOf(d.Timezone)
	if err != nil {
		return err
	}
	at := time.Date(d.Year, time.Month(d.Month), d.Day, d.Hour, d.Minute, d.Second, d.Microsecond*1000, zone)
	if at.Year() != d.Year || int(at.Month()) != d.Month || at.Day() != d.Day || d.Hour > 23 || d.Minute > 59 || d.Second > 59 {
		return fmt.Errorf("%d-%d-%d %d:%d:%d is no time", d.Year, d.Month, d.Day, d.Hour, d.Minute, d.Second)
	}
	m.time = at.UTC()
	return nil
}

func zoneOf(value any) (*time.Location, error) {
	switch v := value.(type) {
	case nil:
		return time.UTC, nil
	case float64:
		if math.Abs(v) > 24*3600 {
			return nil, fmt.Errorf("timezone %v is no number of seconds of at most a day", v)
		}
		return time.FixedZone("", int(v)), nil
	case string:
		zone, err := time.LoadLocation(v)
		if err != nil || v == "Local" {
			return nil, fmt.Errorf("timezone %q is not known", v)
		}
		return zone, nil
	}
	return nil, fmt.Errorf("timezone %v is neither a name nor a number of seconds", value)
}

// trace is what a run leaves with its entry, for the hooks ran and placed.
type trace struct {
	Ran   string `json:"ran"`   // JSON of the datetime
	Score string `json:"score"` // of a run, of the schedule: when the next run is due, in whole seconds; -1: never
}

// traceOf makes the trace of a decision; nil when nothing runs.
func traceOf(d *beat.Decision) any {
	if !d.Fire {
		return nil
	}
	return trace{Ran: written(d.To), Score: score(d.Next)}
}

// placedOf makes the trace of a cursor that is put. RedBeat runs at once what has no last run, so one that never ran has
// what it was decided to.
func placedOf(c *beat.Cursor) any {
	if c.LastRun.IsZero() {
		return trace{Ran: written(c.DecidedTo)}
	}
	return trace{Ran: written(c.LastRun)}
}

// written is the JSON of a datetime as Python's json writes that of RedBeat.
func written(at time.Time) string {
	at = at.UTC()
	return fmt.Sprintf(`{"__type__": "datetime", "year": %d, "month": %d, "day": %d, "hour": %d, "minute": %d, "second": %d, `+
		`"microsecond": %d, "timezone": "UTC"}`,
		at.Year(), int(at.Month()), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond()/1000)
}

func score(next time.Time) string {
	if next.IsZero() {
		return "-1"
	}
	return strconv.FormatInt(next.Unix(), 10)
}
