package schedule

import (
	"strconv"
	"strings"
)

// extended reads a part of a day field that Celery refuses: positions within the month.
//
//	day_of_month  L     the last day            L-3   three days before it
//	              15W   the weekday, Monday to Friday, nearest to the 15th
//	              LW    the last weekday
//	day_of_week   5L    the last Friday         5#2   the second Friday
//
// It returns false for anything else. Names of days cannot stand here: Celery reads "fri#2" and "friL" as "fri".
func (g grammar) extended(part string, rule *monthRule) bool {
	switch g.name {
	case "day_of_month":
		return rule.readDate(part)
	case "day_of_week":
		return rule.readWeekday(part)
	}
	return false
}

func (r *monthRule) readDate(part string) bool {
	switch {
	case part == "L":
		r.fromEnd = r.fromEnd.with(0)
	case part == "LW":
		r.workday = true
	case strings.HasPrefix(part, "L-"):
		n, ok := within(part[2:], 1, 30)
		if !ok {
			return false
		}
		r.fromEnd = r.fromEnd.with(n)
	case strings.HasSuffix(part, "W"):
		n, ok := within(part[:len(part)-1], 1, 31)
		if !ok {
			return false
		}
		r.nearest = r.nearest.with(n)
	default:
		return false
	}
	return true
}

func (r *monthRule) readWeekday(part string) bool {
	if day, ok := strings.CutSuffix(part, "L"); ok {
		n, ok := within(day, 0, 7)
		if ok {
			r.last = r.last.with(n % 7)
		}
		return ok
	}
	day, nth, ok := strings.Cut(part, "#")
	if !ok {
		return false
	}
	of, ok := within(day, 0, 7)
	n, okNth := within(nth, 1, 5)
	if ok && okNth {
		r.nth[n-1] = r.nth[n-1].with(of % 7)
	}
	return ok && okNth
}

// within reads a number of plain digits.
func within(text string, lo, hi int) (int, bool) {
	if len(text) == 0 || len(text) > 2 || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= lo && n <= hi
}

// macro returns the fields that an expression such as "@daily" stands for.
func macro(name string) (string, bool) {
	switch name {
	case "@yearly", "@annually":
		return "0 0 1 1 *", true
	case "@monthly":
		return "0 0 1 * *", true
	case "@weekly":
		return "0 0 * * 0", true
	case "@daily", "@midnight":
		return "0 0 * * *", true
	case "@hourly":
		return "0 * * * *", true
	}
	return "", false
}

// Expanded returns the spec with its expression, if it is a crontab that has one, taken apart into the fields, which
// must then be empty. The error is a *FieldError.
func (s Spec) Expanded() (Spec, error) {
	if s.Expression == "" || s.Kind != KindCrontab && s.Kind != "" {
		return s, nil
	}
	for _, f := range s.fields() {
		if *f.text != "" {
			return s, &FieldError{
				Field: "expression", Value: s.Expression, Problem: "stands beside the field " + f.name + ", one of them is wanted",
			}
		}
	}
	parsed, err := ParseCrontab(s.Expression)
	if err != nil {
		return s, err
	}
	s.Second, s.Minute, s.Hour = parsed.Second, parsed.Minute, parsed.Hour
	s.DayOfMonth, s.MonthOfYear, s.DayOfWeek = parsed.DayOfMonth, parsed.MonthOfYear, parsed.DayOfWeek
	s.Expression = ""
	return s, nil
}

// specField is a crontab field of a Spec.
type specField struct {
	name string
	text *string
}

func (s *Spec) fields() [6]specField {
	return [6]specField{
		{"second", &s.Second},
		{"minute", &s.Minute},
		{"hour", &s.Hour},
		{"day_of_month", &s.DayOfMonth},
		{"month_of_year", &s.MonthOfYear},
		{"day_of_week", &s.DayOfWeek},
	}
}
