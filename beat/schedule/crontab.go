package schedule

import (
	"math"
	"time"
)

// Crontab is a schedule in Celery's crontab fields: it is due at each second of the wall clock of its zone that
// matches all of them. What clock changes do to it is told in the package's documentation. It is immutable and safe
// for concurrent use.
type Crontab struct {
	clock dayClock
	dates calendar
	zone  *Zone
	text  string
	never bool  // no date matches
	skips bool  // times that the clocks skip are left out, not moved
	until int64 // no match is later, Unix seconds

	repeat repetition // the passes of a repeated hour in which it runs
}

// NewCrontab compiles the crontab fields of spec, or its expression, to be read in the given zone; spec.Kind,
// spec.Timezone and spec.Exclude do not count. The error is a *FieldError.
func NewCrontab(spec Spec, zone *Zone) (*Crontab, error) {
	spec, err := spec.Expanded()
	if err != nil {
		return nil, err
	}
	dst, err := ParseDST(spec.DST)
	if err != nil {
		return nil, err
	}
	b := Bits{DST: dst}
	var rule monthRule
	for _, f := range []struct {
		name, text string
		to         *uint64
	}{
		{"second", orText(spec.Second, "0"), &b.Second},
		{"minute", orText(spec.Minute, "*"), &b.Minute},
		{"hour", orText(spec.Hour, "*"), &b.Hour},
		{"day_of_month", orText(spec.DayOfMonth, "*"), &b.DayOfMonth},
		{"month_of_year", orText(spec.MonthOfYear, "*"), &b.Month},
		{"day_of_week", orText(spec.DayOfWeek, "*"), &b.DayOfWeek},
	} {
		set, err := parseField(f.name, f.text, &rule)
		if err != nil {
			return nil, err
		}
		*f.to = uint64(set)
	}
	return b.crontab(spec.Crontab(), zone, &rule)
}

// Bits are the fields of a crontab as sets: bit n stands for the value n. Days of the week are 0 (Sunday) to 6.
type Bits struct {
	Second, Minute, Hour, DayOfMonth, Month, DayOfWeek uint64

	// EitherDay makes a day match when one of DayOfMonth and DayOfWeek does. Celery wants both.
	EitherDay bool

	DST DST
}

// Crontab makes a schedule of the sets; text is what its String shows before the zone. Bits outside a field's range
// do not count. A field without any member is a *FieldError.
func (b Bits) Crontab(text string, zone *Zone) (*Crontab, error) {
	return b.crontab(text, zone, &monthRule{})
}

func (b Bits) crontab(text string, zone *Zone, rule *monthRule) (*Crontab, error) {
	c := &Crontab{zone: zone, text: text + " (" + zone.String() + ")"}
	c.dates.either = b.EitherDay
	if *rule != (monthRule{}) {
		c.dates.rule = rule
	}
	for _, f := range []struct {
		name string
		set  uint64
		to   *bitset
	}{
		{"second", b.Second, &c.clock.second},
		{"minute", b.Minute, &c.clock.minute},
		{"hour", b.Hour, &c.clock.hour},
		{"day_of_month", b.DayOfMonth, &c.dates.day},
		{"month_of_year", b.Month, &c.dates.month},
		{"day_of_week", b.DayOfWeek, &c.dates.weekday},
	} {
		g, _ := grammarOf(f.name)
		*f.to = bitset(f.set) & numbers(g.lo, g.hi)
		if *f.to == 0 && !rule.fills(f.name) {
			return nil, &FieldError{Field: f.name, Problem: "is empty, " + g.allowed() + " is wanted"}
		}
	}
	c.never = c.dates.empty()
	c.skips, c.repeat = b.DST.skip, b.DST.passes(c.clock.hour == numbers(0, 23))
	c.until = maxUnix
	if c.skips || c.repeat == repeatNone {
		c.until = c.end()
	}
	return c, nil
}

// end returns a time after which there is no match, which is known only for crontabs whose every match clock changes
// take away. From the end of the zone's table on the changes repeat, so what does not run then within the years that
// are left will never.
func (c *Crontab) end() int64 {
	if c.never {
		return maxUnix
	}
	if _, ok := c.next(tableEnd); ok {
		return maxUnix
	}
	return tableEnd
}

// Next returns the first matching instant strictly later than after, in UTC and whole seconds. It returns false when
// no date ever matches, such as 30 February, and beyond the year 9999.
func (c *Crontab) Next(after time.Time) (time.Time, bool) {
	if c.never {
		return time.Time{}, false
	}
	unix, ok := c.next(max(after.Unix(), minUnix-1) + 1)
	if !ok {
		return time.Time{}, false
	}
	return time.Unix(unix, 0).UTC(), true
}

// String returns the five fields, or six with the second in front, and the zone.
func (c *Crontab) String() string { return c.text }

// next returns the first instant at or after the given one.
//
// It goes from era to era. Within one, the wall clock runs evenly and a match is a match; the seam before it may add
// a run that was moved out of a gap.
func (c *Crontab) next(from int64) (int64, bool) {
	// More than any offset, by which an instant and its wall time differ.
	const slack = 2 * secondsPerDay
	for e := c.zone.at(from); ; {
		wall, ok := c.wall(max(from+e.offset, c.opens(e)))
		found := int64(math.MaxInt64)
		if ok && wall < c.closes(e) {
			found = wall - e.offset
		}
		if moved, ok := c.moved(e, from); ok {
			found = min(found, moved)
		}
		if found <= maxUnix {
			return found, true
		}
		if !ok || e.end > c.until {
			return 0, false
		}
		// No match lies between the wall times where this search began and ended, so the eras until then need no
		// look, unless they show wall times from before it once more.
		skip := e.end
		if e.end-max(from, e.start) > 2*slack {
			skip = max(skip, wall-slack)
		}
		e = c.zone.at(skip)
	}
}

// opens returns the wall time from which on matches in an era count. A repeated hour at its beginning is the second
// pass.
func (c *Crontab) opens(e era) int64 {
	if e.before > e.offset && (c.repeat == repeatFirst || c.repeat == repeatNone) {
		return e.start + e.before
	}
	return e.start + e.offset
}

// closes returns the wall time up to which, not included, matches in an era count. A repeated hour at its end is the
// first pass.
func (c *Crontab) closes(e era) int64 {
	if e.after < e.offset && (c.repeat == repeatSecond || c.repeat == repeatNone) {
		return e.end + e.after
	}
	return e.end + e.offset
}

// moved returns the run of the gap at the beginning of an era, if it is at or after the instant given: the earliest
// match among the wall times that the clocks skipped, read with the offset before the gap, which moves it by the
// gap's length. The others are dropped.
func (c *Crontab) moved(e era, from int64) (int64, bool) {
	if gap := e.offset - e.before; c.skips || gap <= 0 || from >= e.start+gap {
		return 0, false
	}
	wall, ok := c.wall(e.start + e.before)
	if !ok || wall >= e.start+e.offset {
		return 0, false
	}
	unix := wall - e.before
	return unix, unix >= from && unix < e.end
}

// wall returns the first matching wall time at or after the given one. Wall times are counted as if they were UTC.
func (c *Crontab) wall(from int64) (int64, bool) {
	day := floorDiv(from, secondsPerDay)
	match, ok := c.dates.next(day)
	if !ok {
		return 0, false
	}
	if match == day {
		if at, ok := c.clock.next(int(from - day*secondsPerDay)); ok {
			return day*secondsPerDay + int64(at), true
		}
		if match, ok = c.dates.next(day + 1); !ok {
			return 0, false
		}
	}
	return match*secondsPerDay + int64(c.clock.first()), true
}

func orText(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
