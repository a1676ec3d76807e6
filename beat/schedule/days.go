package schedule

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Days is a set of dates. It is immutable and safe for concurrent use.
type Days struct {
	spans []daySpan // by first day
	every []int     // month*100+day of each year, ascending
}

// daySpan is a number of days in a row, both ends included.
type daySpan struct {
	first, last int64
}

// A Calendar is a named set of dates; see ParseDays.
type Calendar func(name string) (Days, bool)

// ParseDays reads a list of dates separated by commas or blanks:
//
//	2026-12-25              one day
//	2026-12-24..2027-01-02  each day from one to another
//	12-25                   a day of each year
//	@holidays               all days of the calendar of that name, which find must know
//
// The error is a *FieldError about the field given.
func ParseDays(field, text string, find Calendar) (Days, error) {
	var d Days
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) }) {
		if problem := d.add(word, find); problem != "" {
			return Days{}, &FieldError{Field: field, Value: word, Problem: problem}
		}
	}
	d.sort()
	return d, nil
}

// add returns what is wrong with a word, nothing if it is right.
func (d *Days) add(word string, find Calendar) string {
	if name, ok := strings.CutPrefix(word, "@"); ok {
		if find != nil {
			if named, ok := find(name); ok {
				d.spans, d.every = append(d.spans, named.spans...), append(d.every, named.every...)
				return ""
			}
		}
		return "is no calendar of the setting calendars"
	}
	if from, to, ok := strings.Cut(word, ".."); ok {
		first, ok := readDate(from)
		last, okLast := readDate(to)
		if !ok || !okLast || last < first {
			return "is not two dates in order, such as 2026-12-24..2027-01-02"
		}
		d.spans = append(d.spans, daySpan{first, last})
		return ""
	}
	if day, ok := readDate(word); ok {
		d.spans = append(d.spans, daySpan{day, day})
		return ""
	}
	const leapYear = "2000-"
	if day, ok := readDate(leapYear + word); ok {
		_, month, day := civil(day)
		d.every = append(d.every, month*100+day)
		return ""
	}
	return "is not a date such as 2026-12-25 or 12-25, a range of dates or @ with the name of a calendar"
}

func readDate(text string) (int64, bool) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < 1 {
		return 0, false
	}
	return floorDiv(t.Unix(), secondsPerDay), true
}

// sort puts the days in order and joins spans that touch.
func (d *Days) sort() {
	slices.Sort(d.every)
	d.every = slices.Compact(d.every)
	slices.SortFunc(d.spans, func(a, b daySpan) int { return int(min(max(a.first-b.first, -1), 1)) })
	joined := d.spans[:0]
	for _, s := range d.spans {
		if n := len(joined); n > 0 && s.first <= joined[n-1].last+1 {
			joined[n-1].last = max(joined[n-1].last, s.last)
			continue
		}
		joined = append(joined, s)
	}
	d.spans = joined
}

// Empty tells whether there is no day in the set.
func (d Days) Empty() bool { return len(d.spans) == 0 && len(d.every) == 0 }

// String returns the set as ParseDays reads it.
func (d Days) String() string {
	words := make([]string, 0, len(d.spans)+len(d.every))
	date := func(day int64) string { return time.Unix(day*secondsPerDay, 0).UTC().Format(time.DateOnly) }
	for _, s := range d.spans {
		if s.first == s.last {
			words = append(words, date(s.first))
		} else {
			words = append(words, date(s.first)+".."+date(s.last))
		}
	}
	for _, e := range d.every {
		words = append(words, twoDigits(e/100)+"-"+twoDigits(e%100))
	}
	return strings.Join(words, ",")
}

func twoDigits(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// run returns the days in a row, around the given one, that belong to the set; false when that one does not.
func (d Days) run(day int64) (daySpan, bool) {
	r := daySpan{day, day}
	if !d.has(day) {
		return r, false
	}
	for d.has(r.first-1) && r.first > day-maxRun {
		r.first--
	}
	for d.has(r.last+1) && r.last < day+maxRun {
		r.last++
	}
	return r, true
}

// maxRun bounds a run of days to either side; what lies beyond is another run.
const maxRun = 400

func (d Days) has(day int64) bool {
	_, found := slices.BinarySearchFunc(d.spans, day, func(s daySpan, day int64) int {
		switch {
		case s.last < day:
			return -1
		case s.first > day:
			return 1
		}
		return 0
	})
	if found || len(d.every) == 0 {
		return found
	}
	_, month, dayOfMonth := civil(day)
	_, found = slices.BinarySearch(d.every, month*100+dayOfMonth)
	return found
}
