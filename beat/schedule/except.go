package schedule

import "time"

// maxExcluded bounds how many runs of excluded days in a row are passed over before a schedule counts as never due
// again: a schedule for 25 December that excludes 12-25 has nothing but those.
const maxExcluded = 1000

// Except is a schedule without the instants that fall on certain dates of a zone. It is safe for concurrent use if
// the schedule is.
type Except struct {
	schedule Schedule
	days     Days
	zone     *Zone
}

var _ Spanner = (*Except)(nil)

// NewExcept returns s without the days, which begin and end with the wall clock of the zone.
func NewExcept(s Schedule, days Days, zone *Zone) *Except {
	return &Except{schedule: s, days: days, zone: zone}
}

// Next returns the first instant of the schedule strictly later than after that falls on no excluded date. An interval
// keeps its grid. It returns false when there is none.
func (e *Except) Next(after time.Time) (time.Time, bool) {
	for range maxExcluded {
		next, ok := e.schedule.Next(after)
		if !ok {
			return time.Time{}, false
		}
		until, excluded := e.excluded(next)
		if !excluded {
			return next, true
		}
		// The last excluded instant, and not the end of the day, because an interval counts from it.
		after = later(Of(e.schedule, after, until).Last, next)
	}
	return time.Time{}, false
}

// excluded returns the last nanosecond of the run of excluded dates that an instant falls on.
func (e *Except) excluded(t time.Time) (time.Time, bool) {
	r, ok := e.days.run(e.day(t.Unix()))
	if !ok {
		return time.Time{}, false
	}
	return time.Unix(e.midnight(r.last+1), 0).Add(-time.Nanosecond), true
}

// Span describes the instants in (after, until].
func (e *Except) Span(after, until time.Time) Span {
	var span Span
	for next, ok := e.Next(after); ok && !next.After(until); next, ok = e.Next(after) {
		stop := earlier(e.nextExcluded(next), until)
		part := Of(e.schedule, next, stop)
		if span.Count == 0 {
			span.First = next
		}
		span.Count += 1 + part.Count
		span.Last = later(next, part.Last)
		after = span.Last
	}
	return span
}

// nextExcluded returns the last nanosecond before the first excluded date after an instant on another date, at most
// some years ahead.
func (e *Except) nextExcluded(t time.Time) time.Time {
	day := e.day(t.Unix())
	limit := day + 5*366
	for !e.days.has(day) && day < limit {
		day++
	}
	return time.Unix(e.midnight(day), 0).Add(-time.Nanosecond)
}

// day returns the number of the date that the wall clock shows.
func (e *Except) day(unix int64) int64 {
	return floorDiv(unix+e.zone.at(unix).offset, secondsPerDay)
}

// midnight returns the first instant at which the wall clock shows a date, or a later one where it leaves that out.
func (e *Except) midnight(day int64) int64 {
	wall := day * secondsPerDay
	// The wall clock is never more than 26 hours off, so the search begins before and ends soon.
	for a := e.zone.at(wall - 26*secondsPerHour); ; a = e.zone.at(a.end) {
		at := max(wall-a.offset, a.start)
		if at < a.end {
			return at
		}
	}
}

// String returns the schedule and the excluded dates.
func (e *Except) String() string { return e.schedule.String() + " except " + e.days.String() }

// Unwrap returns the schedule with all its instants.
func (e *Except) Unwrap() Schedule { return e.schedule }
