package schedule

// monthRule chooses days of a month by where they lie in it. The zero rule chooses none. Its days are added to those
// that the day fields of a crontab name outright.
type monthRule struct {
	fromEnd bitset    // bit n: the day n days before the month's last
	nearest bitset    // bit d: the weekday, Monday to Friday, that is nearest to day d within the month
	workday bool      // the last weekday, Monday to Friday
	nth     [5]bitset // nth[n-1]: the days of the week whose n-th in the month counts
	last    bitset    // the days of the week whose last in the month counts
}

// fills tells whether the rule may choose days although the named field is empty.
func (r *monthRule) fills(field string) bool {
	switch field {
	case "day_of_month":
		return r.fromEnd != 0 || r.nearest != 0 || r.workday
	case "day_of_week":
		return r.last != 0 || r.nth != [5]bitset{}
	}
	return false
}

// days returns the days of a month that the rule adds to either field. The month has the given length and its first
// day falls on the given day of the week.
func (r *monthRule) days(first, length int) (byDate, byWeekday bitset) {
	weekdayOf := func(day int) int { return (first + day - 1) % 7 }
	for day := 1; day <= length; day++ {
		of := weekdayOf(day)
		if r.fromEnd.has(length-day) || r.workday && day == toWorkday(length, length, weekdayOf) {
			byDate = byDate.with(day)
		}
		if r.nearest.has(day) {
			byDate = byDate.with(toWorkday(day, length, weekdayOf))
		}
		if r.nth[(day-1)/7].has(of) || day+7 > length && r.last.has(of) {
			byWeekday = byWeekday.with(day)
		}
	}
	return byDate, byWeekday
}

// toWorkday returns the day from Monday to Friday that is nearest to the given one without leaving the month.
func toWorkday(day, length int, weekdayOf func(int) int) int {
	const sunday, saturday = 0, 6
	switch weekdayOf(day) {
	case saturday:
		if day == 1 {
			return day + 2
		}
		return day - 1
	case sunday:
		if day == length {
			return day - 2
		}
		return day + 1
	}
	return day
}
