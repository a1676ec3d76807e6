package django

import (
	"database/sql"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/models"
)

// row is a task with its schedule and our cursor, as they are read.
type row struct {
	id         int64
	name, task string

	args, kwargs, headers       sql.NullString
	queue, exchange, routingKey models.Text
	priority                    sql.NullInt64
	expires                     models.Time
	expireSeconds               sql.NullFloat64
	oneOff, enabled             sql.NullBool
	start, last, changed        models.Time
	description                 models.Text

	// The keys of the schedules that the task names, then of those that are there.
	interval, crontab, solar, clocked                 sql.NullInt64
	intervalFound, crontabFound, solarFound, clkFound sql.NullInt64

	every                          sql.NullInt64
	period                         models.Text
	minute, hour, day, month, week models.Text
	zone, event                    models.Text
	latitude, longitude            sql.NullFloat64
	at                             models.Time

	// Of the cursor.
	spec         sql.NullInt64
	decided, ran models.Time
}

// field is a column that is read, and where to.
type field struct {
	alias, column string
	into          any
}

// fields are the columns of a row.
func (r *row) fields() []field {
	return []field{
		{"p", "id", &r.id},
		{"p", "name", &r.name},
		{"p", "task", &r.task},
		{"p", "args", &r.args},
		{"p", "kwargs", &r.kwargs},
		{"p", "headers", &r.headers},
		{"p", "queue", &r.queue},
		{"p", "exchange", &r.exchange},
		{"p", "routing_key", &r.routingKey},
		{"p", "priority", &r.priority},
		{"p", "expires", &r.expires},
		{"p", "expire_seconds", &r.expireSeconds},
		{"p", "one_off", &r.oneOff},
		{"p", "enabled", &r.enabled},
		{"p", "start_time", &r.start},
		{"p", "last_run_at", &r.last},
		{"p", "date_changed", &r.changed},
		{"p", "description", &r.description},
		{"p", "interval_id", &r.interval},
		{"p", "crontab_id", &r.crontab},
		{"p", "solar_id", &r.solar},
		{"p", "clocked_id", &r.clocked},
		{"i", "id", &r.intervalFound},
		{"i", "every", &r.every},
		{"i", "period", &r.period},
		{"c", "id", &r.crontabFound},
		{"c", "minute", &r.minute},
		{"c", "hour", &r.hour},
		{"c", "day_of_month", &r.day},
		{"c", "month_of_year", &r.month},
		{"c", "day_of_week", &r.week},
		{"c", "timezone", &r.zone},
		{"s", "id", &r.solarFound},
		{"s", "event", &r.event},
		{"s", "latitude", &r.latitude},
		{"s", "longitude", &r.longitude},
		{"k", "id", &r.clkFound},
		{"k", "clocked_time", &r.at},
		{"b", "spec", &r.spec},
		{"b", "decided_to", &r.decided},
		{"b", "last_run", &r.ran},
	}
}

// targets are where to scan the columns to.
func (r *row) targets() []any {
	fields := r.fields()
	list := make([]any, len(fields))
	for i, f := range fields {
		list[i] = f.into
	}
	return list
}

// ranAt is the last run if somebody else wrote it.
func (r *row) ranAt() time.Time {
	if r.last.Equal(r.ran.Time) {
		return time.Time{}
	}
	return r.last.Time
}

// entry converts the row. What cannot be read is left empty and reported in Bad.
func (r *row) entry() beat.Entry {
	id := models.EntryID(r.id)
	e := beat.Entry{
		ID: id, TaskID: string(id), Name: r.name, Description: string(r.description), Task: r.task,
		Queue: string(r.queue), Exchange: string(r.exchange), RoutingKey: string(r.routingKey),
		Expires: r.expires.Time, Enabled: r.enabled.Bool, OneOff: r.oneOff.Bool, StartTime: r.start.Time, Active: true,
		CreatedAt: r.created(), ModifiedAt: r.modified(), RanAt: r.ranAt(), DecidedTo: r.decided.Time,
	}
	if r.priority.Valid {
		n := int(r.priority.Int64)
		e.Priority = &n
	}
	if r.expireSeconds.Valid {
		seconds := r.expireSeconds.Float64
		e.ExpireSeconds = &seconds
	}
	f := faults{id: id, name: r.name}
	e.Args = f.json("args", r.args)
	e.Kwargs = f.json("kwargs", r.kwargs)
	f.times(r)
	e.Spec = r.schedule(&f)
	r.settings(&e, &f)
	e.Bad = f.first
	return e
}

// created is from when a row counts that never ran: from its last change, as with django-celery-beat 2.8 and newer, or
// from its start when that is earlier.
func (r *row) created() time.Time {
	if s := r.start.Time; r.last.IsZero() && !s.IsZero() && s.Before(r.changed.Time) {
		return s.Add(-time.Microsecond)
	}
	return r.changed.Time
}

// modified is when the row was changed. When it was off before, by our cursor, that is not known: the ORM's update and
// the admin's actions leave date_changed alone.
func (r *row) modified() time.Time {
	if r.decided.IsZero() || r.spec.Int64 != 0 || !r.enabled.Bool {
		return r.changed.Time
	}
	return time.Time{}
}

// schedule is the first one that the row names, in Celery's order.
func (r *row) schedule(f *faults) schedule.Spec {
	switch {
	case r.interval.Valid:
		f.found("interval_id", r.interval, r.intervalFound)
		return schedule.Spec{Kind: schedule.KindInterval, Every: r.every.Int64, Period: string(r.period)}
	case r.crontab.Valid:
		f.found("crontab_id", r.crontab, r.crontabFound)
		return schedule.Spec{
			Kind: schedule.KindCrontab, Minute: listed(r.minute), Hour: listed(r.hour), DayOfMonth: listed(r.day),
			MonthOfYear: listed(r.month), DayOfWeek: listed(r.week), Timezone: string(r.zone),
		}
	case r.solar.Valid:
		f.found("solar_id", r.solar, r.solarFound)
		return schedule.Spec{
			Kind: schedule.KindSolar, Event: string(r.event), Latitude: degrees(r.latitude), Longitude: degrees(r.longitude),
		}
	case r.clocked.Valid:
		f.found("clocked_id", r.clocked, r.clkFound)
		return schedule.Spec{Kind: schedule.KindClocked, Clocked: r.at.Time}
	}
	f.add("schedule", "", "is missing: one of interval, crontab, solar and clocked must be set")
	return schedule.Spec{}
}

// listed takes off what CrontabSchedule.from_schedule leaves of Python's lists and sets, such as "[0, 30]".
func listed(text models.Text) string {
	bare := strings.NewReplacer("[", "", "]", "", "(", "", ")", "", "{", "", "}", "").Replace(string(text))
	if bare == string(text) {
		return bare
	}
	return strings.Trim(strings.ReplaceAll(bare, " ", ""), ",") // a tuple of one ends with a comma
}

func degrees(f sql.NullFloat64) *float64 {
	if !f.Valid {
		return nil
	}
	d := f.Float64
	return &d
}

// faults keeps the first thing that is wrong with a row.
type faults struct {
	id    beat.EntryID
	name  string
	first *beat.EntryError
}

func (f *faults) add(field, value, problem string) {
	if f.first == nil {
		f.first = &beat.EntryError{ID: f.id, Name: f.name, Field: field, Value: value, Problem: problem}
	}
}

func (f *faults) json(field string, text sql.NullString) json.RawMessage {
	if text.String == "" {
		return nil
	}
	if !json.Valid([]byte(text.String)) {
		f.add(field, text.String, "is not JSON")
		return nil
	}
	return json.RawMessage(text.String)
}

func (f *faults) times(r *row) {
	for _, t := range []struct {
		field string
		time  models.Time
	}{{"expires", r.expires}, {"start_time", r.start}, {"clocked_time", r.at}} {
		if t.time.Text != "" {
			f.add(t.field, t.time.Text, "is not a time such as 2026-01-31 08:00:00")
		}
	}
	if r.priority.Valid && r.priority.Int64 != int64(int32(r.priority.Int64)) {
		f.add("priority", strconv.FormatInt(r.priority.Int64, 10), "is out of range")
	}
	if s := r.expireSeconds.Float64; math.IsNaN(s) || math.IsInf(s, 0) {
		f.add("expire_seconds", strconv.FormatFloat(s, 'g', -1, 64), "is not a number")
	}
}

// found reports a key that leads nowhere: Django's constraint was off, or the row was deleted by SQL.
func (f *faults) found(field string, key, there sql.NullInt64) {
	if !there.Valid {
		f.add(field, strconv.FormatInt(key.Int64, 10), "names a schedule that does not exist")
	}
}
