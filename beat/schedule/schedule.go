package schedule

import "time"

// Kind names a way of telling when a task runs; it is the value of the column task_schedule.kind.
type Kind string

// The kinds that rows may carry.
const (
	KindCrontab  Kind = "crontab"
	KindInterval Kind = "interval"
	KindClocked  Kind = "clocked"
	KindCron     Kind = "cron"  // an expression in robfig/cron's grammar
	KindSolar    Kind = "solar" // an event of the sun at a place
	KindRRule    Kind = "rrule" // a recurrence rule of RFC 5545
)

// Kinds returns all kinds, in the order in which messages list them.
func Kinds() []Kind {
	return []Kind{KindCrontab, KindInterval, KindSolar, KindClocked, KindCron, KindRRule}
}

// A Schedule computes the instants at which a task is due. Implementations are immutable and safe for concurrent use.
type Schedule interface {
	// Next returns the first instant strictly later than after, in UTC. It returns false when there is none. For
	// an interval, after is the anchor: the instant of the latest run, so that repeated calls visit its grid.
	Next(after time.Time) (time.Time, bool)

	// String returns the schedule in the notation of its kind, with its zone where it has one.
	String() string
}

// A Spanner is a Schedule that can tell what lies in a span of time without walking through each instant of it.
type Spanner interface {
	// Span describes the instants in (after, until].
	Span(after, until time.Time) Span
}

// Span describes the instants of a schedule in some half-open span of time.
type Span struct {
	First, Last time.Time // zero when Count is 0
	Count       int64
}
