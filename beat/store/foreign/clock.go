package foreign

import "time"

// clock reads and writes times in columns that have no zone. As the driver gives and takes them, they are UTC.
type clock struct{ zone *time.Location } // nil: they are UTC indeed

// read returns the instant that a column means.
func (c clock) read(t time.Time) time.Time {
	if c.zone == nil || t.IsZero() {
		return t
	}
	return shown(t, c.zone).UTC()
}

// write returns what a column holds for an instant.
func (c clock) write(t time.Time) time.Time {
	if c.zone == nil || t.IsZero() {
		return t
	}
	return shown(t.In(c.zone), time.UTC)
}

// shown is the time at which a clock in a zone shows what t shows.
func shown(t time.Time, zone *time.Location) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone)
}
