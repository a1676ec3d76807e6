package foreign

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
	layout *Layout

	id         int64
	name, task models.Text

	args, kwargs, headers       sql.NullString
	queue, exchange, routingKey models.Text
	priority                    sql.NullInt64
	expires                     models.Time
	expireSeconds               sql.NullFloat64
	oneOff, enabled             sql.NullBool
	start, last, changed        models.Time
	count                       sql.NullInt64 // of runs, whoever ran it
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

	// Of the mark that says who owns the row, and which name it had then.
	owner, owned models.Text
}

// field is a column that is read, and where to.
type field struct {
	alias, column string
	into          any
}

// keyOf stands for the column of the task that names a row of the table of schedules.
const keyOf = "->"

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
		{"p", "total_run_count", &r.count},
		{"p", "date_changed", &r.changed},
		{"p", "description", &r.description},
		{"intervals", keyOf, &r.interval},
		{"intervals", "id", &r.intervalFound},
		{"intervals", "every", &r.every},
		{"intervals", "period", &r.period},
		{"crontabs", keyOf, &r.crontab},
		{"crontabs", "id", &r.crontabFound},
		{"crontabs", "minute", &r.minute},
		{"crontabs", "hour", &r.hour},
		{"crontabs", "day_of_month", &r.day},
		{"crontabs", "month_of_year", &r.month},
		{"crontabs", "day_of_week", &r.week},
		{"crontabs", "timezone", &r.zone},
		{"solars", keyOf, &r.solar},
		{"solars", "id", &r.solarFound},
		{"solars", "event", &r.event},
		{"solars", "latitude", &r.latitude},
		{"solars", "longitude", &r.longitude},
		{"clockeds", keyOf, &r.clocked},
		{"clockeds", "id", &r.clkFound},
		{"clockeds", "clocked_time", &r.at},
		{"b", "spec", &r.spec},
		{"b", "decided_to", &r.decided},
		{"b", "last_run", &r.ran},
		{"o", "owner", &r.owner},
		{"o", "name", &r.owned},
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

// ranAt is the last run if somebody else wrote it. Columns that hold whole seconds, as SQLAlchemy makes them in MySQL
// and MariaDB, have rounded what we wrote.
func (r *row) ranAt() time.Time {
	ours, last := r.ran.Time, r.last.Time
	if last.Equal(ours) || last.Equal(ours.Truncate(time.Second)) || last.Equal(ours.Round(time.Second)) {
		return time.Time{}
	}
	return last
}

// entry converts the row. What cannot be read is left empty and reported in Bad.
func (r *row) entry() beat.Entry {
	id := models.EntryID(r.id)
	e := beat.Entry{
		ID: id, TaskID: string(id), Name: string(r.name), Description: string(r.description), Task: string(r.task), Owner: r.ownedBy(),
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
	f := faults{id: id, name: string(r.name)}
	e.Args = f.json("args", r.args)
	e.Kwargs = f.json("kwargs", r.kwargs)
	f.times(r)
	e.Spec = r.schedule(&f)
	r.settings(&e, &f)
	e.Bad = f.first
	return e
}

// ownedBy is who owns the row. A mark with another name is not about it: keys may be given out again, and who renames a
// row makes it his own.
func (r *row) ownedBy() string {
	if r.owned != r.name {
		return ""
	}
	return string(r.owner)
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
	for _, t := range r.layout.Schedules {
		key, found := r.named(t.Kind)
		if key.Valid {
			f.found(t.Key, key, found)
			return r.specOf(t.Kind)
		}
	}
	f.add("schedule", "", "is missing: one of "+r.layout.kinds()+" must be set")
	return schedule.Spec{}
}

// named is the key of the schedule of a kind that the task names, and that of the one that is there.
func (r *row) named(kind schedule.Kind) (key, found sql.NullInt64) {
	switch kind {
	case schedule.KindInterval:
		return r.interval, r.intervalFound
	case schedule.KindCrontab:
		return r.crontab, r.crontabFound
	case schedule.KindSolar:
		return r.solar, r.solarFound
	default:
		return r.clocked, r.clkFound
	}
}

// specOf is the schedule of a kind.
func (r *row) specOf(kind schedule.Kind) schedule.Spec {
	s := schedule.Spec{Kind: kind}
	switch kind {
	case schedule.KindInterval:
		s.Every, s.Period = r.every.Int64, string(r.period)
	case schedule.KindCrontab:
		s.Minute, s.Hour, s.DayOfMonth = listed(r.minute), listed(r.hour), listed(r.day)
		s.MonthOfYear, s.DayOfWeek, s.Timezone = listed(r.month), listed(r.week), string(r.zone)
	case schedule.KindSolar:
		s.Event, s.Latitude, s.Longitude = string(r.event), degrees(r.latitude), degrees(r.longitude)
	default:
		s.Clocked = r.at.Time
	}
	return s
}

// listed takes off what CrontabSchedule.from_schedule leaves of Python's lists and sets, such as "[0, 30]".
func listed(text models.Text) string {
	const brackets = "[](){}"
	if !strings.ContainsAny(string(text), brackets) {
		return string(text)
	}
	bare := strings.Map(func(r rune) rune {
		if r == ' ' || strings.ContainsRune(brackets, r) {
			return -1
		}
		return r
	}, string(text))
	return strings.Trim(bare, ",") // a tuple of one ends with a comma
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

// found reports a key that leads nowhere: a constraint was off or is not there, or the row was deleted by SQL.
func (f *faults) found(field string, key, there sql.NullInt64) {
	if !there.Valid {
		f.add(field, strconv.FormatInt(key.Int64, 10), "names a schedule that does not exist")
	}
}
