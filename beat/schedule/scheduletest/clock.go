package scheduletest

import "time"

// Repeated tells whether the wall clock has shown the same before, up to a day earlier. Offsets must be multiples of a
// quarter of an hour.
func Repeated(t time.Time) bool {
	for back := 15 * time.Minute; back <= 24*time.Hour; back += 15 * time.Minute {
		if Offset(t.Add(-back))-Offset(t) == back {
			return true
		}
	}
	return false
}

// Moved tells whether an instant shows a wall time that one skipped by the clocks is moved to.
func Moved(t time.Time) bool {
	start, _ := t.ZoneBounds()
	return !start.IsZero() && t.Sub(start) < Offset(start)-Offset(start.Add(-1))
}

// Offset returns how far the wall clock is ahead of UTC.
func Offset(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}
