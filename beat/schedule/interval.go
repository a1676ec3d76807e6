package schedule

import (
	"math"
	"math/bits"
	"strconv"
	"time"
)

// Interval is due again and again after the same elapsed time. The clocks of no zone matter to it. It is immutable
// and safe for concurrent use.
type Interval struct {
	every time.Duration
}

var _ Spanner = Interval{}

// NewInterval returns the schedule of Celery's every and period: every must be above 0, period one of microseconds,
// seconds, minutes, hours, days; together at most 106751 days. The error is a *FieldError.
func NewInterval(every int64, period string) (Interval, error) {
	unit := unitOf(period)
	if unit == 0 {
		return Interval{}, &FieldError{
			Field: "period", Value: period, Problem: "is not one of microseconds, seconds, minutes, hours, days",
		}
	}
	most := int64(math.MaxInt64 / unit)
	if every < 1 || every > most {
		return Interval{}, &FieldError{
			Field: "every", Value: strconv.FormatInt(every, 10),
			Problem: "is out of range 1-" + strconv.FormatInt(most, 10) + " for " + period,
		}
	}
	return Interval{every: time.Duration(every) * unit}, nil
}

// unitOf returns the length of a period, 0 for an unknown one.
func unitOf(period string) time.Duration {
	switch period {
	case "microseconds":
		return time.Microsecond
	case "seconds":
		return time.Second
	case "minutes":
		return time.Minute
	case "hours":
		return time.Hour
	case "days":
		return 24 * time.Hour
	}
	return 0
}

// Every returns the time between two runs.
func (i Interval) Every() time.Duration { return i.every }

// Next returns the instant one period after the given one; false beyond the year 9999.
func (i Interval) Next(after time.Time) (time.Time, bool) {
	if after.Unix() > maxUnix {
		return time.Time{}, false
	}
	next := later(after, time.Unix(minUnix, 0)).Add(i.every).UTC()
	return next, next.Unix() <= maxUnix
}

// Span describes the instants of the grid that begins at after.
func (i Interval) Span(after, until time.Time) Span {
	first, ok := i.Next(after)
	until = earlier(until, time.Unix(maxUnix, 0))
	if !ok || first.After(until) {
		return Span{}
	}
	n, rest := divide(later(after, time.Unix(minUnix, 0)), until, i.every)
	return Span{First: first, Last: until.Add(-rest).UTC(), Count: n}
}

// String returns the time between two runs, such as "every 1h30m0s".
func (i Interval) String() string { return "every " + i.every.String() }

// divide returns how often d fits between two instants and what is left. The distance may be longer than a
// time.Duration holds, which is 292 years: rows that never ran can carry the year 1.
func divide(from, to time.Time, d time.Duration) (int64, time.Duration) {
	seconds := uint64(to.Unix() - from.Unix())
	hi, lo := bits.Mul64(seconds, uint64(time.Second))
	nanos := to.Nanosecond() - from.Nanosecond()
	if nanos < 0 {
		var borrow uint64
		lo, borrow = bits.Sub64(lo, uint64(-nanos), 0)
		hi -= borrow
	} else {
		var carry uint64
		lo, carry = bits.Add64(lo, uint64(nanos), 0)
		hi += carry
	}
	// Ten thousand years are under 2^69 ns and d at least 1000 ns, so the quotient fits.
	n, rest := bits.Div64(hi, lo, uint64(d))
	return int64(n), time.Duration(rest)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
