package schedule

import "time"

// Relative is an interval whose instants are rounded down on the wall clock of a zone: to days when it is a day or
// longer, else to hours, minutes or seconds, as Celery's schedule(relative=True) does. 90 minutes are therefore due
// each hour. It is immutable and safe for concurrent use.
type Relative struct {
	Interval

	zone *Zone
	unit int64 // seconds
}

// NewRelative returns the relative form of an interval.
func NewRelative(every Interval, zone *Zone) Relative {
	r := Relative{Interval: every, zone: zone, unit: 1}
	for _, unit := range [...]int64{secondsPerDay, secondsPerHour, secondsPerMinute} {
		if every.every >= time.Duration(unit)*time.Second {
			r.unit = unit
			break
		}
	}
	return r
}

// Next returns the rounded instant one period after the given one; where that is not later, as with periods below a
// second, which make Celery send without end, the next whole unit.
func (r Relative) Next(after time.Time) (time.Time, bool) {
	next, ok := r.Interval.Next(after)
	if !ok {
		return time.Time{}, false
	}
	for unix := next.Unix(); unix <= maxUnix; unix += r.unit {
		if floored := time.Unix(r.floor(unix), 0).UTC(); floored.After(after) {
			return floored, true
		}
	}
	return time.Time{}, false
}

// floor rounds down to a whole unit of the wall clock. A wall time that a gap swallowed is read with the offset from
// before the gap; one that comes twice is the first, unless the instant lies in the second pass itself.
func (r Relative) floor(unix int64) int64 {
	e := r.zone.at(unix)
	now := unix + e.offset
	wall := floorDiv(now, r.unit) * r.unit
	shown := e.start + e.before // wall times before it were shown before the change, too
	if wall < e.start+e.offset || wall < shown && now >= shown {
		return wall - e.before
	}
	return wall - e.offset
}

// Span describes the instants in (after, until].
func (r Relative) Span(after, until time.Time) Span {
	return walk(r, after, until)
}

// String returns the period and the zone, such as "every 1h30m0s, relative (Europe/Berlin)".
func (r Relative) String() string {
	return r.Interval.String() + ", relative (" + r.zone.String() + ")"
}
