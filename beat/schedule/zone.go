package schedule

import "time"

// Instants that a schedule can have: years 1 to 9999, as in Python and in JSON. In Unix seconds.
const (
	minUnix = -62135596800
	maxUnix = 253402300799

	// Where the table of a Zone ends: the year 2100. What comes then follows from the rule of the zone alone.
	tableEnd = 4102444800

	// The bounds of an era without beginning or end, far from where adding an offset overflows.
	beginning = -1 << 60
	ending    = 1 << 60
)

// Zone is a time zone prepared for searching: a table of its clock changes. It is immutable and safe for concurrent
// use. Building it costs some ten microseconds, so share one between the schedules of a zone.
type Zone struct {
	loc *time.Location

	// The eras from 1970 to tableEnd, in which schedules live; others are worked out when they are asked for.
	starts  []int64
	offsets []int64
	before  int64 // the offset before the first of them
	end     int64 // of the last of them
	after   int64 // the offset from then on
}

// era is a span of time in which the zone's offset does not change.
type era struct {
	start, end int64 // Unix seconds, end not included
	offset     int64 // seconds east of UTC
	before     int64 // the offset before start, equal to offset when there is none
	after      int64 // the offset from end on, equal to offset when there is none
}

// NewZone prepares a time zone. A nil location means UTC.
func NewZone(loc *time.Location) *Zone {
	if loc == nil {
		loc = time.UTC
	}
	const from = 0 // 1970
	z := &Zone{loc: loc}
	e := z.find(from)
	z.before = e.before
	for {
		z.starts = append(z.starts, e.start)
		z.offsets = append(z.offsets, e.offset)
		z.end, z.after = e.end, e.after
		if e.end >= tableEnd {
			return z
		}
		next := e.after
		e = era{start: e.end, end: z.nextChange(e.end, next), offset: next}
		e.after = z.offsetAfter(e)
	}
}

// Location returns the zone as the time package knows it.
func (z *Zone) Location() *time.Location { return z.loc }

// String returns the zone's name.
func (z *Zone) String() string { return z.loc.String() }

// at returns the era of an instant.
func (z *Zone) at(unix int64) era {
	if unix < z.starts[0] || unix >= z.end {
		return z.find(unix)
	}
	lo, hi := 0, len(z.starts)
	for hi-lo > 1 {
		mid := int(uint(lo+hi) >> 1)
		if z.starts[mid] <= unix {
			lo = mid
		} else {
			hi = mid
		}
	}
	e := era{start: z.starts[lo], end: z.end, offset: z.offsets[lo], before: z.before, after: z.after}
	if lo > 0 {
		e.before = z.offsets[lo-1]
	}
	if lo+1 < len(z.starts) {
		e.end, e.after = z.starts[lo+1], z.offsets[lo+1]
	}
	return e
}

// find works the era of an instant out of the time package.
func (z *Zone) find(unix int64) era {
	offset := z.offsetAt(unix)
	e := era{start: z.lastChange(unix, offset), end: z.nextChange(unix, offset), offset: offset, before: offset}
	if e.start != beginning {
		e.before = z.offsetAt(e.start - 1)
	}
	e.after = z.offsetAfter(e)
	return e
}

func (z *Zone) offsetAfter(e era) int64 {
	if e.end == ending {
		return e.offset
	}
	return z.offsetAt(e.end)
}

func (z *Zone) offsetAt(unix int64) int64 {
	_, offset := time.Unix(unix, 0).In(z.loc).Zone()
	return int64(offset)
}

// nextChange returns the first instant after the given one that has another offset. What the time package reports
// as bounds includes changes of the zone's name alone and, in years it extrapolates, the turn of the year.
func (z *Zone) nextChange(unix, offset int64) int64 {
	for unix <= maxUnix {
		_, end := time.Unix(unix, 0).In(z.loc).ZoneBounds()
		if end.IsZero() {
			return ending
		}
		next := end.Unix()
		if next <= unix {
			// For the package, a year it extrapolates ends after 365 days, so for 31 December of a leap year
			// it names an end that has passed.
			next = (floorDiv(unix, secondsPerDay) + 1) * secondsPerDay
		}
		if z.offsetAt(next) != offset {
			return next
		}
		unix = next
	}
	return ending
}

// lastChange returns the instant from which on the offset of the given instant has been in force.
func (z *Zone) lastChange(unix, offset int64) int64 {
	for unix >= minUnix {
		start, _ := time.Unix(unix, 0).In(z.loc).ZoneBounds()
		if start.IsZero() {
			return beginning
		}
		unix = start.Unix() - 1
		if z.offsetAt(unix) != offset {
			return unix + 1
		}
	}
	return beginning
}
