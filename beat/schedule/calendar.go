package schedule

// calendar is the part of a crontab that chooses days. Days of a month are bits 1 to 31, months bits 1 to 12, days
// of the week bits 0 (Sunday) to 6.
type calendar struct {
	day, month, weekday bitset

	// either is the rule of Vixie cron and robfig: one of the two day fields is enough. Celery wants both.
	either bool

	rule *monthRule // adds to day and weekday; nil: nothing
}

// empty tells that no date will ever match, such as 30 February. Every weekday falls on every other date some time:
// even 29 February has each of them within 400 years.
func (c *calendar) empty() bool {
	if c.rule != nil {
		return c.emptyEra()
	}
	byWeekday := c.weekday != 0
	byDate := false
	for m := 1; m <= 12; m++ {
		const leapYear = 2000
		byDate = byDate || c.month.has(m) && c.day&numbers(1, daysIn(leapYear, m)) != 0
	}
	if c.either {
		return c.month == 0 || !byWeekday && !byDate
	}
	return !byWeekday || !byDate
}

// emptyEra looks at each month of the 400 years after which the calendar begins anew.
func (c *calendar) emptyEra() bool {
	for year := int64(2000); year < 2400; year++ {
		for m := 1; m <= 12; m++ {
			if c.month.has(m) && c.days(year, m, dayNumber(year, m, 1)) != 0 {
				return false
			}
		}
	}
	return true
}

// days returns the matching days of a month whose first day has the number given.
func (c *calendar) days(year int64, month int, first int64) bitset {
	// One week of bits, turned so that it begins with the weekday of the first, repeated over the month.
	const fiveWeeks = 1 | 1<<7 | 1<<14 | 1<<21 | 1<<28
	shift := uint(weekday(first))
	week := (c.weekday>>shift | c.weekday<<(7-shift)) & 0x7f
	byDate, byWeekday := c.day, week*fiveWeeks<<1
	n := daysIn(year, month)
	if c.rule != nil {
		dates, weekdays := c.rule.days(int(shift), n)
		byDate, byWeekday = byDate|dates, byWeekday|weekdays
	}
	if c.either {
		return (byDate | byWeekday) & numbers(1, n)
	}
	return byDate & byWeekday & numbers(1, n)
}

// has tells whether a day matches.
func (c *calendar) has(number int64) bool {
	year, month, day := civil(number)
	return c.month.has(month) && c.days(year, month, number-int64(day)+1).has(day)
}

// next returns the first matching day at or after the given one; false when there is none up to year 9999.
func (c *calendar) next(number int64) (int64, bool) {
	year, month, day := civil(number)
	for year <= maxYear {
		if c.month.has(month) {
			first := dayNumber(year, month, 1)
			if d, ok := c.days(year, month, first).from(day); ok {
				return first + int64(d) - 1, true
			}
		}
		day = 1
		m, ok := c.month.from(month + 1)
		if !ok {
			year++
			m = c.month.first()
		}
		month = m
	}
	return 0, false
}

// previous returns the last matching day at or before the given one; false when there is none back to year 0.
func (c *calendar) previous(number int64) (int64, bool) {
	year, month, day := civil(number)
	for year >= minYear {
		if c.month.has(month) {
			first := dayNumber(year, month, 1)
			if d, ok := c.days(year, month, first).upTo(day); ok {
				return first + int64(d) - 1, true
			}
		}
		day = 31
		m, ok := c.month.upTo(month - 1)
		if !ok {
			year--
			m = c.month.last()
		}
		month = m
	}
	return 0, false
}

// count counts the matching days from one day up to another, which is not included.
func (c *calendar) count(from, until int64) int64 {
	var n int64
	year, month, day := civil(from)
	for from < until {
		first := from - int64(day) + 1
		length := daysIn(year, month)
		if c.month.has(month) {
			days := c.days(year, month, first) & numbers(day, length)
			if last := int64(length) + first; last > until {
				days &= numbers(1, int(until-first))
			}
			n += int64(days.count())
		}
		from, day = first+int64(length), 1
		if month++; month > 12 {
			year, month = year+1, 1
		}
	}
	return n
}
