package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
)

// words says when a schedule runs, as far as that is shorter than its notation.
func words(s schedule.Spec, zone *time.Location) string {
	switch s.Kind {
	case schedule.KindInterval:
		if s.Relative {
			return everyWords(s.Every, s.Period) + ", rounded down"
		}
		return everyWords(s.Every, s.Period)
	case schedule.KindSolar:
		return strings.ReplaceAll(s.Event, "_", " ") + " at " + place(s)
	case schedule.KindRRule:
		return "rrule " + strings.Join(strings.Fields(s.Expression), " ")
	case schedule.KindClocked:
		return "once at " + s.Clocked.In(zone).Format(whenLayout)
	case schedule.KindCron:
		return "cron " + s.Expression
	case schedule.KindCrontab:
		return crontabWords(s)
	}
	return string(s.Kind)
}

// place is where a solar schedule is, as far as it is known.
func place(s schedule.Spec) string {
	degrees := func(d *float64) string {
		if d == nil {
			return "?"
		}
		return strconv.FormatFloat(*d, 'f', -1, 64)
	}
	return degrees(s.Latitude) + ", " + degrees(s.Longitude)
}

func everyWords(n int64, period string) string {
	if n == 1 {
		return "every " + strings.TrimSuffix(period, "s")
	}
	return fmt.Sprintf("every %d %s", n, period)
}

func crontabWords(s schedule.Spec) string {
	clock, ok := timeWords(s)
	if !ok || s.Expression != "" {
		return "crontab " + s.Crontab()
	}
	var days []string
	if !every(s.DayOfWeek) {
		days = append(days, "on "+weekdays(s.DayOfWeek))
	}
	if !every(s.DayOfMonth) {
		days = append(days, "on day "+s.DayOfMonth+" of the month")
	}
	if !every(s.MonthOfYear) {
		days = append(days, "in month "+s.MonthOfYear)
	}
	if len(days) == 0 && number(s.Hour) {
		days = append(days, "every day")
	}
	// Celery wants all of the conditions met, not one of the days as cron does.
	return strings.Join(append([]string{clock}, days...), " ")
}

// timeWords words what second, minute and hour say; it returns false for what has no short form.
func timeWords(s schedule.Spec) (string, bool) {
	second := s.Second
	if second == "" {
		second = "0"
	}
	step, stepped := stepOf(s.Minute)
	switch {
	case second != "0":
		if every(second) && every(s.Minute) && every(s.Hour) {
			return "every second", true
		}
		n, ok := stepOf(second)
		return "every " + n + " seconds", ok && every(s.Minute) && every(s.Hour)
	case every(s.Minute) && every(s.Hour):
		return "every minute", true
	case stepped && every(s.Hour):
		return "every " + step + " minutes", true
	case number(s.Minute) && every(s.Hour):
		return "at minute " + s.Minute + " of every hour", true
	case number(s.Minute) && number(s.Hour):
		return "at " + twoDigits(s.Hour) + ":" + twoDigits(s.Minute), true
	}
	return "", false
}

func every(field string) bool { return field == "" || field == "*" || field == "*/1" }

// stepOf returns n of "*/n" where n divides 60, so that the distance is the same across the turn of the hour.
func stepOf(field string) (string, bool) {
	n, ok := strings.CutPrefix(field, "*/")
	switch n {
	case "2", "3", "4", "5", "6", "10", "12", "15", "20", "30":
		return n, ok
	}
	return "", false
}

func number(field string) bool {
	return len(field) > 0 && len(field) <= 2 && strings.Trim(field, "0123456789") == ""
}

func twoDigits(n string) string {
	if len(n) == 1 {
		return "0" + n
	}
	return n
}

// weekdays replaces numbers of days by names; 0 and 7 are both Sunday. What is neither numbers nor names of days, such as
// steps, and months, which Celery takes, is spelt out.
func weekdays(field string) string {
	names := [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	words := strings.FieldsFunc(field, func(r rune) bool { return r == ',' || r == '-' })
	plain := func(word string) bool {
		return len(word) == 1 && word[0] >= '0' && word[0] <= '7' || slices.Contains(names[:], strings.ToLower(word))
	}
	if !slices.ContainsFunc(words, func(w string) bool { return !plain(w) }) {
		return withNames(field, names)
	}
	days, err := schedule.ExpandField("day_of_week", field)
	if err != nil {
		return field
	}
	texts := make([]string, len(days))
	for i, day := range days {
		texts[i] = names[day]
	}
	return strings.Join(texts, ",")
}

func withNames(field string, names [8]string) string {
	var b strings.Builder
	for _, r := range field {
		if r >= '0' && r <= '7' {
			b.WriteString(names[r-'0'])
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
