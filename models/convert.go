package models

import (
	"encoding/json"
	"math"
	"strconv"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
)

// RowColumns is the list of columns that Row reads, from periodic_task as p and task_schedule as s.
const RowColumns = taskColumns + ", " + scheduleColumns

// Row is one schedule with its task.
type Row struct {
	Task     PeriodicTask
	Schedule TaskSchedule
}

// Targets returns where to scan RowColumns to.
func (r *Row) Targets() []any { return append(r.Task.targets(), r.Schedule.targets()...) }

// Entry converts the row. What cannot be read is left empty and reported in Bad.
func (r *Row) Entry() beat.Entry {
	p, s := &r.Task, &r.Schedule
	c := converter{bad: beat.EntryError{ID: EntryID(s.ID), Name: p.Name}}
	e := beat.Entry{
		ID: EntryID(s.ID), TaskID: strconv.FormatInt(p.ID, 10), Name: p.Name, Description: string(p.Description),
		Owner: string(p.Owner),
		Task:  p.Task, Args: c.json("args", p.Args), Kwargs: c.json("kwargs", p.Kwargs),
		Queue: string(p.Queue), Exchange: string(p.Exchange), RoutingKey: string(p.RoutingKey),
		Priority: c.int("priority", p.Priority),
		Headers:  c.json("headers", p.Headers), Options: c.json("options", p.Options),
		Expires: c.time("expires", p.Expires), ExpireSeconds: c.float("expire_seconds", p.ExpireSeconds),
		Enabled: p.Enabled, OneOff: p.OneOff,
		StartTime: c.time("start_time", p.StartTime), EndTime: c.time("end_time", p.EndTime),
		MaxRuns: value(p.MaxRuns), Misfire: beat.Misfire(p.Misfire),
		MisfireWindow: c.duration("misfire_window", value(p.MisfireWindow)), Delivery: beat.Delivery(p.Delivery),
		Spec: schedule.Spec{
			Kind: schedule.Kind(s.Kind), Second: string(s.Second), Minute: string(s.Minute), Hour: string(s.Hour),
			DayOfMonth: string(s.DayOfMonth), MonthOfYear: string(s.MonthOfYear), DayOfWeek: string(s.DayOfWeek),
			Timezone: string(s.Timezone), Every: value(s.Every), Period: string(s.Period), Relative: s.Relative,
			Event: string(s.Event), Latitude: s.Latitude, Longitude: s.Longitude,
			Clocked: c.time("clocked_time", s.ClockedTime), Expression: string(s.Expression),
			DST: string(s.DST), Exclude: string(s.Exclude),
		},
		ScheduleKwargs: c.json("schedule_kwargs", s.Kwargs), Jitter: c.duration("jitter_seconds", s.JitterSeconds),
		Active:    s.Active,
		CreatedAt: c.time("created_at", s.CreatedAt), ModifiedAt: r.modified(),
	}
	if c.bad.Problem != "" {
		e.Bad = &c.bad
	}
	return e
}

// modified is the later of the two; one that cannot be read counts as never.
func (r *Row) modified() time.Time {
	if r.Schedule.ModifiedAt.After(r.Task.ModifiedAt.Time) {
		return r.Schedule.ModifiedAt.Time
	}
	return r.Task.ModifiedAt.Time
}

// FromEntry makes the rows of an entry, without ids, namespace and the times that the database sets. It returns
// *beat.EntryError for a JSON field that is none: no column would take it.
func FromEntry(e beat.Entry) (Row, error) {
	if err := CheckJSON(e); err != nil {
		return Row{}, err
	}
	return Row{
		Task: PeriodicTask{
			Name: e.Name, Description: Text(e.Description), Owner: Text(e.Owner), Task: e.Task, Args: JSON(e.Args), Kwargs: JSON(e.Kwargs),
			Queue: Text(e.Queue), Exchange: Text(e.Exchange), RoutingKey: Text(e.RoutingKey),
			Priority: wide(e.Priority), Headers: JSON(e.Headers), Options: JSON(e.Options),
			Expires: At(e.Expires), ExpireSeconds: e.ExpireSeconds, Enabled: e.Enabled, OneOff: e.OneOff,
			StartTime: At(e.StartTime), EndTime: At(e.EndTime), MaxRuns: optional(e.MaxRuns), Misfire: Text(e.Misfire),
			MisfireWindow: optional(e.MisfireWindow.Seconds()), Delivery: Text(e.Delivery),
		},
		Schedule: TaskSchedule{
			Kind: string(e.Spec.Kind), Second: Text(e.Spec.Second), Minute: Text(e.Spec.Minute), Hour: Text(e.Spec.Hour),
			DayOfMonth: Text(e.Spec.DayOfMonth), MonthOfYear: Text(e.Spec.MonthOfYear),
			DayOfWeek: Text(e.Spec.DayOfWeek), Timezone: Text(e.Spec.Timezone),
			Every: optional(e.Spec.Every), Period: Text(e.Spec.Period), Relative: e.Spec.Relative,
			Event: Text(e.Spec.Event), Latitude: e.Spec.Latitude, Longitude: e.Spec.Longitude,
			ClockedTime: At(e.Spec.Clocked), Expression: Text(e.Spec.Expression),
			DST: Text(e.Spec.DST), Exclude: Text(e.Spec.Exclude), Kwargs: JSON(e.ScheduleKwargs), JitterSeconds: e.Jitter.Seconds(),
			Active: e.Active,
		},
	}, nil
}

// CheckJSON returns *beat.EntryError about the first JSON field of an entry that is not JSON.
func CheckJSON(e beat.Entry) error {
	c := converter{bad: beat.EntryError{ID: e.ID, Name: e.Name}}
	c.json("args", JSON(e.Args))
	c.json("kwargs", JSON(e.Kwargs))
	c.json("headers", JSON(e.Headers))
	c.json("options", JSON(e.Options))
	c.json("schedule_kwargs", JSON(e.ScheduleKwargs))
	if c.bad.Problem != "" {
		return &c.bad
	}
	return nil
}

// converter reads columns and keeps the first problem.
type converter struct {
	bad beat.EntryError
}

func (c *converter) fail(field, value, problem string) {
	if c.bad.Problem == "" {
		c.bad.Field, c.bad.Value, c.bad.Problem = field, value, problem
	}
}

func (c *converter) json(field string, j JSON) json.RawMessage {
	if len(j) == 0 {
		return nil
	}
	if !json.Valid(j) {
		c.fail(field, string(j), "is not JSON")
		return nil
	}
	return json.RawMessage(j)
}

func (c *converter) time(field string, t Time) time.Time {
	if t.Text != "" {
		c.fail(field, t.Text, "is not a time such as 2026-01-31 08:00:00")
	}
	return t.Time
}

func (c *converter) float(field string, f *float64) *float64 {
	if f != nil && (math.IsNaN(*f) || math.IsInf(*f, 0)) {
		c.fail(field, strconv.FormatFloat(*f, 'g', -1, 64), "is not a number")
		return nil
	}
	return f
}

func (c *converter) int(field string, n *int64) *int {
	if n == nil {
		return nil
	}
	if *n != int64(int32(*n)) {
		c.fail(field, strconv.FormatInt(*n, 10), "is out of range")
		return nil
	}
	i := int(*n)
	return &i
}

// duration reads a number of seconds.
func (c *converter) duration(field string, seconds float64) time.Duration {
	const most = 100 * 365 * 24 * 3600
	if math.IsNaN(seconds) || math.Abs(seconds) > most {
		c.fail(field, strconv.FormatFloat(seconds, 'g', -1, 64), "is out of range")
		return 0
	}
	return time.Duration(math.Round(seconds*1e6)) * time.Microsecond
}

// value is what p points to, zero for nil.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// optional is nil for zero.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func wide(p *int) *int64 {
	if p == nil {
		return nil
	}
	n := int64(*p)
	return &n
}
