package schedule

import (
	"math"
	"time"
)

var _ Spanner = (*Crontab)(nil)

// Span describes the instants in (after, until]. Its cost depends on the months and clock changes between them, not
// on the number of instants: a year of minutes takes some microseconds.
func (c *Crontab) Span(after, until time.Time) Span {
	first, ok := c.Next(after)
	if !ok || first.After(until) {
		return Span{}
	}
	from, to := first.Unix(), min(until.Unix(), maxUnix)
	return Span{First: first, Last: time.Unix(c.last(from, to), 0).UTC(), Count: c.count(from, to)}
}

// count counts the instants from one to another, both included.
func (c *Crontab) count(from, to int64) int64 {
	var n int64
	for e := c.zone.at(from); ; e = c.zone.at(e.end) {
		n += c.walls(max(from+e.offset, c.opens(e)), min(to+1+e.offset, c.closes(e)))
		if moved, ok := c.moved(e, from); ok && moved <= to && !c.runs(moved+e.offset, e) {
			n++ // where it meets a regular run, both are one
		}
		if e.end > to {
			return n
		}
	}
}

// last returns the latest instant up to the given one, knowing that there is one at or after from.
func (c *Crontab) last(from, to int64) int64 {
	for e := c.zone.at(to); ; e = c.zone.at(e.start - 1) {
		found := int64(math.MinInt64)
		if wall, ok := c.wallBefore(min(to+e.offset, c.closes(e)-1)); ok && wall >= c.opens(e) {
			found = wall - e.offset
		}
		if moved, ok := c.moved(e, from); ok && moved <= to {
			found = max(found, moved)
		}
		if found >= from || e.start <= from {
			return max(found, from)
		}
	}
}

// runs tells whether a wall time matches and counts in an era.
func (c *Crontab) runs(wall int64, e era) bool {
	found, ok := c.wall(wall)
	return ok && found == wall && wall >= c.opens(e) && wall < c.closes(e)
}

// walls counts the matching wall times from one up to another, which is not included.
func (c *Crontab) walls(from, until int64) int64 {
	if from >= until {
		return 0
	}
	day, end := floorDiv(from, secondsPerDay), floorDiv(until, secondsPerDay)
	n := c.dates.count(day, end) * c.clock.perDay()
	if c.dates.has(day) {
		n -= c.clock.before(int(from - day*secondsPerDay))
	}
	if c.dates.has(end) {
		n += c.clock.before(int(until - end*secondsPerDay))
	}
	return n
}

// wallBefore returns the last matching wall time at or before the given one.
func (c *Crontab) wallBefore(to int64) (int64, bool) {
	day := floorDiv(to, secondsPerDay)
	match, ok := c.dates.previous(day)
	if !ok {
		return 0, false
	}
	if match == day {
		if at, ok := c.clock.previous(int(to - day*secondsPerDay)); ok {
			return day*secondsPerDay + int64(at), true
		}
		if match, ok = c.dates.previous(day - 1); !ok {
			return 0, false
		}
	}
	return match*secondsPerDay + int64(c.clock.last()), true
}
