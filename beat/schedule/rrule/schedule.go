package rrule

import (
	"slices"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
)

// Schedule is due at the times of recurrence rules on the wall clock of a zone. It is immutable and safe for concurrent
// use.
type Schedule struct {
	rules  []*rule
	dates  []time.Time // RDATE on the wall clock, ascending
	except []time.Time // EXDATE on the wall clock, ascending
	zone   *time.Location
	text   string
	both   bool // a time that comes twice runs in both passes
	never  bool
}

var _ schedule.Schedule = (*Schedule)(nil)

// String returns the expression and the zone.
func (s *Schedule) String() string { return s.text + " (" + s.zone.String() + ")" }

// Next returns the first instant strictly later than after, in UTC; false when there is none up to the year 9999.
func (s *Schedule) Next(after time.Time) (time.Time, bool) {
	if s.never || after.After(last()) {
		return time.Time{}, false
	}
	if after.Before(time.Unix(-62135596800, 0)) {
		after = time.Unix(-62135596800, 0) // the year 1
	}
	var found time.Time
	for wall, ok := s.nextWall(s.from(after)); ok; wall, ok = s.nextWall(wall) {
		for _, at := range s.instants(wall) {
			if at.After(after) && (found.IsZero() || at.Before(found)) {
				found = at
			}
		}
		// A time that was moved out of a gap, or that runs in the second pass, may lie behind others that follow it on
		// the wall clock.
		before, later := s.offsets(wall)
		if !found.IsZero() && !wall.Add(-max(before, later)).Before(found) {
			break
		}
	}
	return found, !found.IsZero()
}

// nextWall returns the first wall time strictly later than the given one.
func (s *Schedule) nextWall(after time.Time) (time.Time, bool) {
	for {
		var next time.Time
		for _, r := range s.rules {
			if t, ok := r.next(after); ok && (next.IsZero() || t.Before(next)) {
				next = t
			}
		}
		if i, _ := slices.BinarySearchFunc(s.dates, after.Add(1), time.Time.Compare); i < len(s.dates) {
			if t := s.dates[i]; next.IsZero() || t.Before(next) {
				next = t
			}
		}
		if next.IsZero() {
			return next, false
		}
		if _, excluded := slices.BinarySearchFunc(s.except, next, time.Time.Compare); !excluded {
			return next, true
		}
		after = next
	}
}

// from returns the wall time after which to search for what is later than an instant: the one that the clock shows,
// or one earlier, by as much as a clock change moves it, behind a gap and in the first pass of a repeated time.
func (s *Schedule) from(after time.Time) time.Time {
	wall := onWall(after, s.zone)
	start, end := after.In(s.zone).ZoneBounds()
	for _, change := range []time.Time{start, end} {
		if change.IsZero() {
			continue
		}
		if by := shift(change, s.zone); after.Sub(change).Abs() <= by {
			return wall.Add(-by - time.Second)
		}
	}
	return wall
}

// shift returns by how much a clock change moves the wall clock.
func shift(change time.Time, zone *time.Location) time.Duration {
	return (offset(change, zone) - offset(change.Add(-1), zone)).Abs()
}

// instants returns when a wall time is: once; in the first pass or in both of a repeated time; moved by the length of
// the gap that swallowed it.
func (s *Schedule) instants(wall time.Time) []time.Time {
	before, later := s.offsets(wall)
	first, second := wall.Add(-before), wall.Add(-later)
	switch {
	case before == later:
		return []time.Time{first}
	case offset(first, s.zone) == before && offset(second, s.zone) == later && before > later:
		if s.both {
			return []time.Time{first, second}
		}
		return []time.Time{first}
	case offset(first, s.zone) == before:
		return []time.Time{first}
	case offset(second, s.zone) == later:
		return []time.Time{second}
	}
	return []time.Time{first} // in the gap: read with the offset from before it
}

// offsets returns those around a wall time: no zone changes twice within two days, or is more than a day off UTC.
func (s *Schedule) offsets(wall time.Time) (before, later time.Duration) {
	return offset(wall.Add(-26*time.Hour), s.zone), offset(wall.Add(26*time.Hour), s.zone)
}

func offset(t time.Time, zone *time.Location) time.Duration {
	_, seconds := t.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}

// onWall returns what the wall clock shows at an instant, written as if it were UTC.
func onWall(t time.Time, zone *time.Location) time.Time {
	return t.UTC().Add(offset(t, zone))
}
