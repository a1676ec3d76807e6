package foreign

import (
	"fmt"
	"strings"

	"github.com/gobeat/gobeat/beat/schedule"
)

// typeColumn is the column of a task that tells which table of schedules its key is of, where one key serves for all.
const typeColumn = "discriminator"

// Layout describes the tables of a scheduler. They have the column names of django-celery-beat, which its siblings took
// over; columns that a database does not have count as empty.
type Layout struct {
	// Package is the Python package that the tables belong to, as messages name it.
	Package string

	// Cure says how to make the tables, for those who have none.
	Cure string

	// Tasks is the table of tasks.
	Tasks string

	// Marker is the table whose row with the number 1 in the column MarkerKey says when something was last changed.
	Marker, MarkerKey string

	// Longest is how many characters a name of tasks, queues and the like may have.
	Longest int

	// Schedules are the tables of schedules, in the order in which the scheduler looks at what a task names.
	Schedules []ScheduleTable
}

// ScheduleTable is a table of schedules of one kind.
type ScheduleTable struct {
	Kind  schedule.Kind
	Table string

	// Key is the column of the task that names a row of the table.
	Key string

	// Type is what the column "discriminator" of a task holds whose Key is of this table. Default: Key is of this table
	// always.
	Type string
}

// alias is the name of the table in queries; "interval" alone is a word of SQL.
func (t *ScheduleTable) alias() string { return string(t.Kind) + "s" }

// key is the expression of the key that a task has for this table.
func (t *ScheduleTable) key() string {
	if t.Type == "" {
		return "p." + t.Key
	}
	return "case when p." + typeColumn + " = '" + t.Type + "' then p." + t.Key + " end"
}

// table returns the table of a kind, nil when there is none.
func (l *Layout) table(kind schedule.Kind) *ScheduleTable {
	for i := range l.Schedules {
		if l.Schedules[i].Kind == kind {
			return &l.Schedules[i]
		}
	}
	return nil
}

// kinds names the kinds of schedules that the tables can hold.
func (l *Layout) kinds() string {
	names := make([]string, len(l.Schedules))
	for i, t := range l.Schedules {
		names[i] = string(t.Kind)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// missing says that a table is not there, in words that name the cure.
func (l *Layout) missing(table string, err error) error {
	return fmt.Errorf("%s of %s: %w; %s", table, l.Package, err, l.Cure)
}
