package schedule

import (
	"slices"
	"strconv"
	"strings"
)

// A Warning is something about a valid Spec that its author may not expect.
type Warning struct {
	Field string `json:"field"`
	Value string `json:"value"`
	Text  string `json:"text"`

	// Foreign says that Celery itself refuses the value, so that there is no way back to celery beat with it.
	Foreign bool `json:"foreign,omitempty"`
}

// String returns field, value and text in one line.
func (w Warning) String() string { return w.Field + ": " + quote(w.Value) + " " + w.Text }

// Lint returns what is surprising about a spec that compiles: spellings that Celery reads in its own way, steps that
// do not divide evenly, dates that many months lack, and what Celery cannot read at all.
func Lint(s Spec) []Warning {
	l := &linter{}
	if s.Exclude != "" {
		l.foreign("exclude", s.Exclude, "is unknown to Celery, which would run on these days, too")
	}
	switch s.Kind {
	case KindCrontab:
		l.crontab(s)
	case KindInterval:
		if every, err := NewInterval(s.Every, s.Period); err == nil && s.Relative && every.every < 1e9 {
			l.add("relative", "true", "rounds down to whole seconds, so that a shorter period is one second")
		}
	case KindRRule, KindCron:
		l.foreign("kind", string(s.Kind), "is unknown to Celery")
	case KindClocked, KindSolar:
	}
	return l.found
}

type linter struct {
	found []Warning
}

func (l *linter) add(field, value, text string) {
	l.found = append(l.found, Warning{Field: field, Value: value, Text: text})
}

func (l *linter) foreign(field, value, text string) {
	l.found = append(l.found, Warning{Field: field, Value: value, Text: text, Foreign: true})
}

func (l *linter) crontab(s Spec) {
	if s.Expression != "" {
		l.foreign("expression", s.Expression, "stands in place of the five fields, which are what Celery reads")
	}
	if s.DST != "" && s.DST != "celery" {
		l.foreign("dst", s.DST, "is unknown to Celery, which goes by its own rule")
	}
	s, err := s.Expanded()
	if err != nil {
		return
	}
	if s.Second != "" && s.Second != "0" {
		l.foreign("second", s.Second, "is unknown to Celery, which runs at the start of the minute")
	}
	for _, f := range s.fields() {
		if *f.text != "" {
			l.field(f.name, *f.text)
		}
	}
	if star(s.Minute) && !star(s.Hour) && star(orText(strings.Trim(s.Second, "0"), "*")) {
		l.add("minute", orText(s.Minute, "*"), "runs at every minute of the hours "+quote(s.Hour)+"; 0 is once an hour")
	}
	l.days(s)
}

// star tells whether a field holds all values.
func star(text string) bool { return text == "" || text == "*" || text == "*/1" }

// days looks at how the fields for days play together.
func (l *linter) days(s Spec) {
	if !star(s.DayOfMonth) && !star(s.DayOfWeek) {
		l.add("day_of_week", s.DayOfWeek,
			"counts together with day_of_month "+quote(s.DayOfMonth)+": both must match, where cron takes either")
	}
	if c, err := NewCrontab(s, NewZone(nil)); err == nil && c.never {
		l.add("day_of_month", s.DayOfMonth, "comes on no date of the months and weekdays, which Celery's beat dies of")
		return
	}
	days, err := ExpandField("day_of_month", orText(s.DayOfMonth, "*"))
	if err == nil && days[0] > 28 {
		l.add("day_of_month", s.DayOfMonth, "does not come in each month; L is the last day of any")
	}
}

// field looks at the spelling of one field that parses.
func (l *linter) field(name, text string) {
	g, _ := grammarOf(name)
	if _, bad := g.parse(text, nil); bad != nil {
		l.beyond(g, text)
		return
	}
	if name == "day_of_week" && hasSeven(text) {
		l.foreign(name, text, "names Sunday as 7, which Celery refuses; 0 is Sunday everywhere")
	}
	for part := range strings.SplitSeq(text, ",") {
		if !g.documented(part) {
			values, _ := ExpandField(name, part)
			l.add(name, part, "is read as "+list(values)+", as Celery does by accident; write that")
			continue
		}
		l.step(g, part)
	}
}

// beyond says why Celery refuses a field that this package reads.
func (l *linter) beyond(g grammar, text string) {
	if _, bad := g.parse(unwrap(text), nil); bad == nil {
		l.foreign(g.name, text, "has brackets or blanks, which Celery refuses; "+quote(unwrap(text))+" is the same")
		return
	}
	l.foreign(g.name, text, "is in the extended grammar, which Celery refuses")
}

// step looks at "*/n" whose runs are not evenly spaced.
func (l *linter) step(g grammar, part string) {
	rest, ok := strings.CutPrefix(part, "*/")
	n, isNumber := number(rest)
	if !ok || !isNumber || n < 1 {
		return
	}
	size := g.hi - g.lo + 1
	switch {
	case n >= size:
		l.add(g.name, part, "is only "+strconv.Itoa(g.lo)+", the first value")
	case size%n != 0 && g.name != "day_of_month":
		l.add(g.name, part, "begins anew after each round: the last distance is "+strconv.Itoa(size%n)+", not "+rest)
	}
}

// documented tells whether a part is in the grammar that Celery documents: plain digits, names of the field, ranges
// and steps, nothing around them.
func (g grammar) documented(part string) bool {
	body, step, stepped := strings.Cut(part, "/")
	if stepped && !digitsOnly(step) {
		return false
	}
	if body == "*" {
		return true
	}
	from, to, isRange := strings.Cut(body, "-")
	if isRange {
		return g.plain(from) && g.plain(to)
	}
	return !stepped && g.plain(body)
}

// plain tells whether a value is written in digits or as a name of this field, short or in full.
func (g grammar) plain(text string) bool {
	if digitsOnly(text) {
		return true
	}
	text = strings.ToLower(text)
	is := func(full string) bool { return text == full || text == full[:3] }
	switch g.name {
	case "month_of_year":
		return slices.ContainsFunc([]string{
			"january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
			"november", "december",
		}, is)
	case "day_of_week":
		return slices.ContainsFunc([]string{
			"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
		}, is)
	}
	return false
}

func digitsOnly(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// hasSeven tells whether a valid field of days of the week uses 7 for Sunday, which no other place of it can hold
// than the numbers between separators.
func hasSeven(text string) bool {
	for part := range strings.SplitSeq(text, ",") {
		body, _, _ := strings.Cut(part, "/")
		for value := range strings.SplitSeq(body, "-") {
			if n, ok := number(value); ok && n == 7 {
				return true
			}
		}
	}
	return false
}

func list(values []int) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = strconv.Itoa(v)
	}
	return quote(strings.Join(texts, ","))
}
