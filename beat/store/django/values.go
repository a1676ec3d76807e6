package django

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/gormstore"
	"github.com/gobeat/gobeat/broker/message"
)

// values are an entry as the columns hold it.
type values struct {
	entry   *beat.Entry
	kwargs  string
	headers string
}

// valuesOf returns *beat.EntryError for what the tables cannot hold.
func valuesOf(e *beat.Entry) (*values, error) {
	refuse := func(field, value, problem string) error {
		return &beat.EntryError{ID: e.ID, Name: e.Name, Field: field, Value: value, Problem: problem}
	}
	switch e.Spec.Kind {
	case schedule.KindInterval, schedule.KindCrontab, schedule.KindSolar, schedule.KindClocked:
	default:
		return nil, refuse("kind", string(e.Spec.Kind),
			"cannot be stored in the tables of django-celery-beat: interval, crontab, solar and clocked can")
	}
	if e.Spec.Second != "" || e.Spec.Expression != "" {
		return nil, refuse("schedule", cmp.Or(e.Spec.Expression, e.Spec.Second),
			"has seconds or is an expression, for which the tables of django-celery-beat have no column")
	}
	v := &values{entry: e, kwargs: cmp.Or(string(e.Kwargs), "{}")}
	if len(e.ScheduleKwargs) > 0 {
		merged, err := message.MergeObjects(e.Kwargs, e.ScheduleKwargs)
		if err != nil {
			return nil, refuse("schedule_kwargs", string(e.ScheduleKwargs), "cannot be laid over kwargs: "+err.Error())
		}
		v.kwargs = string(merged)
	}
	if s := e.ExpireSeconds; s != nil && (*s != math.Trunc(*s) || math.Abs(*s) > math.MaxInt32) {
		return nil, refuse("expire_seconds", strconv.FormatFloat(*s, 'g', -1, 64), "must be a whole number of seconds here")
	}
	var err error
	if v.headers, err = joinHeaders(e); err != nil {
		return nil, refuse("options", string(e.Options), err.Error())
	}
	return v, nil
}

// columns returns the columns of the task that this database has, and makes its schedule if there is none like it.
func (v *values) columns(ctx context.Context, tx *gormstore.Tx, shape *schema) ([]column, error) {
	e := v.entry
	var seconds any
	if e.ExpireSeconds != nil {
		seconds = int64(*e.ExpireSeconds)
	}
	list := []column{
		{"name", e.Name},
		{"task", e.Task},
		{"args", cmp.Or(string(e.Args), "[]")},
		{"kwargs", v.kwargs},
		{"queue", nullable(e.Queue)},
		{"exchange", nullable(e.Exchange)},
		{"routing_key", nullable(e.RoutingKey)},
		{"expires", tx.Time(e.Expires)},
		{"enabled", e.Enabled && e.Active},
		{"date_changed", tx.Time(time.Now())},
		{"description", e.Description},
	}
	newer := []column{
		{"one_off", e.OneOff || e.Spec.Kind == schedule.KindClocked},
		{"start_time", tx.Time(e.StartTime)},
		{"priority", optional(e.Priority)},
		{"headers", v.headers},
		{"expire_seconds", seconds},
	}
	for _, c := range newer {
		switch {
		case shape.has("p", c.name):
			list = append(list, c)
		case !empty(c.value):
			return nil, v.lacks(c.name)
		}
	}
	kind, id, err := v.schedule(ctx, tx, shape)
	if err != nil {
		return nil, err
	}
	for _, j := range joined() {
		switch {
		case j.key == kind:
			list = append(list, column{j.key, id})
		case shape.has("p", j.key):
			list = append(list, column{j.key, nil})
		}
	}
	return list, nil
}

func (v *values) lacks(column string) error {
	return &beat.EntryError{
		ID: v.entry.ID, Name: v.entry.Name, Field: column,
		Problem: "has no column in this version of django-celery-beat",
	}
}

// schedule finds or makes the row of the schedule; it returns the column that names it and its id.
func (v *values) schedule(ctx context.Context, tx *gormstore.Tx, shape *schema) (string, int64, error) {
	table, key, list := v.scheduleRow(tx)
	if !shape.has("p", key) {
		return "", 0, v.lacks(key)
	}
	if key == "crontab_id" && !shape.has("c", "timezone") {
		list = list[:len(list)-1]
	}
	var where []string
	for _, c := range list {
		where = append(where, c.name+" = ?")
	}
	names, marks, args := split(list)
	var id int64
	err := tx.Row(ctx, "select min(id) from "+table+" where "+strings.Join(where, " and ")+" having count(*) > 0", args, &id)
	if errors.Is(err, sql.ErrNoRows) {
		id, err = tx.Insert(ctx, "insert into "+table+" ("+names+") values ("+marks+")", args...)
	}
	return key, id, err
}

func (v *values) scheduleRow(tx *gormstore.Tx) (table, key string, list []column) {
	spec := &v.entry.Spec
	switch spec.Kind {
	case schedule.KindInterval:
		return tableIntervals, "interval_id", []column{{"every", spec.Every}, {"period", spec.Period}}
	case schedule.KindCrontab:
		star := func(text string) string { return cmp.Or(text, "*") }
		return tableCrontabs, "crontab_id", []column{
			{"minute", star(spec.Minute)},
			{"hour", star(spec.Hour)},
			{"day_of_month", star(spec.DayOfMonth)},
			{"month_of_year", star(spec.MonthOfYear)},
			{"day_of_week", star(spec.DayOfWeek)},
			{"timezone", cmp.Or(spec.Timezone, "UTC")},
		}
	case schedule.KindSolar:
		return tableSolar, "solar_id", []column{
			{"event", spec.Event},
			{"latitude", optional(spec.Latitude)},
			{"longitude", optional(spec.Longitude)},
		}
	default:
		return tableClocked, "clocked_id", []column{{"clocked_time", tx.Time(spec.Clocked)}}
	}
}

// optional is what p points to as an argument, nil for nil.
func optional[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// empty tells whether a value says the same as a column that is not there.
func empty(value any) bool { return value == nil || value == false || value == "{}" }
