package schedule

// Days are numbered from 1970-01-01, which is day 0, in the Gregorian calendar without end in both directions. The
// two conversions are those of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": the year starts in
// March, so that the leap day is its last.

const (
	daysPerEra   = 146097 // 400 years, after which the calendar with its weekdays repeats
	daysTo1970   = 719468 // from 0000-03-01
	minYear      = 0
	maxYear      = 9999
	firstWeekday = 4 // 1970-01-01 was a Thursday
)

// dayNumber returns the number of a date.
func dayNumber(year int64, month, day int) int64 {
	m := int64(month) - 3
	if month <= 2 {
		year--
		m = int64(month) + 9
	}
	era := floorDiv(year, 400)
	yearOfEra := year - era*400
	dayOfYear := (153*m+2)/5 + int64(day) - 1
	return era*daysPerEra + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - daysTo1970
}

// civil returns the date of a day number.
func civil(number int64) (year int64, month, day int) {
	n := number + daysTo1970
	era := floorDiv(n, daysPerEra)
	dayOfEra := n - era*daysPerEra
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	m := int((5*dayOfYear + 2) / 153)
	day = int(dayOfYear) - (153*m+2)/5 + 1
	year = yearOfEra + era*400
	if m < 10 {
		return year, m + 3, day
	}
	return year + 1, m - 9, day
}

// weekday returns the day of the week, Sunday being 0.
func weekday(number int64) int {
	return int(number + firstWeekday - 7*floorDiv(number+firstWeekday, 7))
}

// daysIn returns the length of a month.
func daysIn(year int64, month int) int {
	if month == 2 {
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 30 + (month+month>>3)&1
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
