package foreign

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/gormstore"
	"github.com/gobeat/gobeat/broker/message"
)

// values are an entry as the columns hold it.
type values struct {
	layout  *Layout
	entry   *beat.Entry
	zone    string // of crontabs that name none
	clock   clock
	kwargs  string
	headers string
}

// values returns *beat.EntryError for what the tables cannot hold.
func (l *Layout) values(e *beat.Entry) (*values, error) {
	refuse := func(field, value, problem string) error {
		return &beat.EntryError{ID: e.ID, Name: e.Name, Field: field, Value: value, Problem: problem}
	}
	if l.table(e.Spec.Kind) == nil {
		return nil, refuse("kind", string(e.Spec.Kind), "cannot be stored in the tables of "+l.Package+": "+l.kinds()+" can")
	}
	if e.Spec.Second != "" || e.Spec.Expression != "" {
		return nil, refuse("schedule", cmp.Or(e.Spec.Expression, e.Spec.Second),
			"has seconds or is an expression, for which the tables of "+l.Package+" have no column")
	}
	if e.Spec.Every > math.MaxInt32 {
		return nil, refuse("every", strconv.FormatInt(e.Spec.Every, 10)+" "+e.Spec.Period,
			"is more than the column holds; give it in a longer unit")
	}
	v := &values{layout: l, entry: e, kwargs: cmp.Or(string(e.Kwargs), "{}")}
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
		{"expires", tx.Time(v.clock.write(e.Expires))},
		{"enabled", e.Enabled && e.Active},
		{"date_changed", tx.Time(v.clock.write(time.Now()))},
		{"description", e.Description},
	}
	newer := []column{
		{"one_off", v.once()},
		{"start_time", tx.Time(v.clock.write(e.StartTime))},
		{"priority", optional(e.Priority)},
		{"headers", v.headers},
		{"expire_seconds", seconds},
	}
	for _, c := range newer {
		if shape.has("p", c.name) {
			list = append(list, c)
		}
	}
	if err := v.short(shape, "p", list); err != nil {
		return nil, err
	}
	named, err := v.named(ctx, tx, shape)
	return append(list, named...), err
}

// once tells whether the task has one run.
func (v *values) once() bool { return v.entry.OneOff || v.entry.Spec.Kind == schedule.KindClocked }

// fits returns *beat.EntryError for what this database, of an earlier version of the package, has no column for.
func (v *values) fits(shape *schema) error {
	e := v.entry
	for _, c := range []struct {
		column string
		needed bool
	}{
		{"one_off", v.once()},
		{"start_time", !e.StartTime.IsZero()},
		{"priority", e.Priority != nil},
		{"headers", v.headers != "{}"},
		{"expire_seconds", e.ExpireSeconds != nil},
		{v.layout.table(e.Spec.Kind).Key, true},
	} {
		if c.needed && !shape.has("p", c.column) {
			return v.lacks(c.column)
		}
	}
	return nil
}

// short returns an error about the first text that is longer than its column. Not every database names the column.
func (v *values) short(shape *schema, alias string, list []column) error {
	for _, c := range list {
		text, _ := c.value.(string)
		if n, ok := c.value.(sql.NullString); ok {
			text = n.String
		}
		most, known := shape.lengths[alias+"."+c.name]
		if known && int64(utf8.RuneCountInString(text)) > most {
			return &beat.EntryError{
				ID: v.entry.ID, Name: v.entry.Name, Field: c.name, Value: text,
				Problem: fmt.Sprintf("is longer than the %d characters that the column holds", most),
			}
		}
	}
	return nil
}

func (v *values) lacks(column string) error {
	return &beat.EntryError{
		ID: v.entry.ID, Name: v.entry.Name, Field: column,
		Problem: "has no column in these tables of " + v.layout.Package,
	}
}

// named finds or makes the row of the schedule, and returns the columns of the task that name it and no other.
func (v *values) named(ctx context.Context, tx *gormstore.Tx, shape *schema) ([]column, error) {
	table := v.layout.table(v.entry.Spec.Kind)
	id, err := v.scheduleID(ctx, tx, shape, table)
	if err != nil {
		return nil, err
	}
	if table.Type != "" {
		return []column{{table.Key, id}, {typeColumn, table.Type}}, nil
	}
	list := []column{{table.Key, id}}
	for _, other := range v.layout.Schedules {
		if other.Key != table.Key && shape.has("p", other.Key) {
			list = append(list, column{other.Key, nil})
		}
	}
	return list, nil
}

func (v *values) scheduleID(ctx context.Context, tx *gormstore.Tx, shape *schema, table *ScheduleTable) (int64, error) {
	columns := v.scheduleColumns(tx)
	if err := v.short(shape, table.alias(), columns); err != nil {
		return 0, err
	}
	var list, where []string
	var args []any
	for _, c := range columns {
		if shape.has(table.alias(), c.name) { // the first tables of crontabs had no timezone
			list, where, args = append(list, c.name), append(where, c.name+" = ?"), append(args, c.value)
		}
	}
	var id int64
	err := tx.Row(ctx, "select min(id) from "+table.Table+" where "+strings.Join(where, " and ")+" having count(*) > 0", args, &id)
	if errors.Is(err, sql.ErrNoRows) {
		marks := strings.Repeat("?, ", len(list)-1) + "?"
		id, err = tx.Insert(ctx, "insert into "+table.Table+" ("+strings.Join(list, ", ")+") values ("+marks+")", args...)
	}
	return id, err
}

func (v *values) scheduleColumns(tx *gormstore.Tx) []column {
	spec := &v.entry.Spec
	switch spec.Kind {
	case schedule.KindInterval:
		return []column{{"every", spec.Every}, {"period", spec.Period}}
	case schedule.KindCrontab:
		star := func(text string) string { return cmp.Or(text, "*") }
		return []column{
			{"minute", star(spec.Minute)},
			{"hour", star(spec.Hour)},
			{"day_of_month", star(spec.DayOfMonth)},
			{"month_of_year", star(spec.MonthOfYear)},
			{"day_of_week", star(spec.DayOfWeek)},
			{"timezone", cmp.Or(spec.Timezone, v.zone)},
		}
	case schedule.KindSolar:
		return []column{
			{"event", spec.Event},
			{"latitude", optional(spec.Latitude)},
			{"longitude", optional(spec.Longitude)},
		}
	default:
		return []column{{"clocked_time", tx.Time(v.clock.write(spec.Clocked))}}
	}
}

// optional is what p points to as an argument, nil for nil.
func optional[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}
