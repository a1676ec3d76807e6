package schedule

import (
	"strconv"
	"strings"
	"unicode"
)

// grammar is what one field of a crontab may hold.
type grammar struct {
	name   string
	lo, hi int
	names  string // of its values, for messages
}

func grammarOf(name string) (grammar, bool) {
	switch name {
	case "second", "minute":
		return grammar{name: name, lo: 0, hi: 59}, true
	case "hour":
		return grammar{name: name, lo: 0, hi: 23}, true
	case "day_of_month":
		return grammar{name: name, lo: 1, hi: 31}, true
	case "month_of_year":
		return grammar{name: name, lo: 1, hi: 12, names: "jan-dec"}, true
	case "day_of_week":
		return grammar{name: name, lo: 0, hi: 6, names: "sun-sat"}, true
	}
	return grammar{}, false
}

// ExpandField returns the values that one field of a crontab stands for, in ascending order. The name is the
// column's: second, minute, hour, day_of_month, month_of_year or day_of_week. The error is a *FieldError, also for
// positions within the month, such as the last day, which are no values.
func ExpandField(name, text string) ([]int, error) {
	var rule monthRule
	set, err := parseField(name, text, &rule)
	if err != nil {
		return nil, err
	}
	if rule != (monthRule{}) {
		return nil, &FieldError{Field: name, Value: text, Problem: "depends on the month"}
	}
	values := make([]int, 0, set.count())
	for i, ok := set.from(0); ok; i, ok = set.from(i + 1) {
		values = append(values, i)
	}
	return values, nil
}

// parseField reads a field as Celery does. What Celery refuses is tried once more without the brackets and blanks
// that lists have when a database scheduler wrote them, and then with the extended grammar, which adds to the rule.
func parseField(name, text string, rule *monthRule) (bitset, error) {
	g, ok := grammarOf(name)
	if !ok {
		return 0, &FieldError{Field: name, Value: text, Problem: "is no field of a crontab"}
	}
	set, bad := g.parse(text, nil)
	if bad == nil {
		return set, nil
	}
	plain := unwrap(text)
	if plain != text {
		if set, bad = g.parse(plain, nil); bad == nil {
			return set, nil
		}
	}
	if set, bad = g.parse(plain, rule); bad == nil {
		return set, nil
	}
	problem := bad.problem
	if bad.part != text {
		problem = "holds " + quote(bad.part) + ", which " + problem
	}
	return 0, &FieldError{Field: name, Value: text, Problem: problem}
}

// fault is a part of a field and what is wrong with it.
type fault struct {
	part, problem string
}

// parse reads the parts of a field. With a rule, they may be in the extended grammar.
func (g grammar) parse(text string, rule *monthRule) (bitset, *fault) {
	var set bitset
	for part := range strings.SplitSeq(text, ",") {
		s, bad := g.part(part)
		if bad != nil && rule != nil && g.extended(part, rule) {
			continue
		}
		if bad != nil {
			return 0, bad
		}
		set |= s
	}
	return set, nil
}

// part reads what stands between two commas. Celery's patterns are anchored at the beginning only, so that whatever
// follows a range or a step is ignored: "1-2-3" is 1-2. Rows like that run today, so they are read the same way.
func (g grammar) part(part string) (bitset, *fault) {
	if part == "" {
		return 0, &fault{part, "is empty, " + g.allowed() + " is wanted"}
	}
	if begin, rest := word(part); begin != "" && strings.HasPrefix(rest, "-") {
		if end, rest := word(rest[1:]); end != "" {
			return g.span(begin, end, rest)
		}
	}
	if rest, ok := strings.CutPrefix(part, "*/"); ok {
		step, bad := g.step(rest)
		if bad != nil {
			return 0, bad
		}
		return g.walk(g.lo, g.hi, step), nil
	}
	if part == "*" || part == "*\n" {
		return numbers(g.lo, g.hi), nil
	}
	n, bad := g.value(part)
	if bad != nil {
		return 0, bad
	}
	return g.walk(n, n, 1), nil
}

// span reads a range, which may wrap round the end of the field.
func (g grammar) span(begin, end, rest string) (bitset, *fault) {
	from, bad := g.value(begin)
	if bad != nil {
		return 0, bad
	}
	to, bad := g.value(end)
	if bad != nil {
		return 0, bad
	}
	step := 1
	if after, ok := strings.CutPrefix(rest, "/"); ok {
		if step, bad = g.step(after); bad != nil {
			return 0, bad
		}
	}
	return g.walk(from, to, step), nil
}

// walk takes every step-th value from one to another, round the end of the field where needed. Sunday as 7 is round
// the end, too.
func (g grammar) walk(from, to, step int) bitset {
	size := g.hi - g.lo + 1
	length := to - from
	if length < 0 {
		length += size
	}
	var set bitset
	for i := 0; i <= length; i += step {
		set = set.with(g.lo + (from-g.lo+i)%size)
	}
	return set
}

func (g grammar) step(rest string) (int, *fault) {
	text, _ := word(rest)
	n, ok := number(text)
	switch {
	case text == "":
		return 0, &fault{"/" + rest, "has no step, a number above 0 is wanted after the /"}
	case !ok:
		return 0, &fault{text, "is not a step, a number above 0 is wanted"}
	case n == 0:
		return 0, &fault{text, "is not a step, it must be above 0"}
	}
	return n, nil
}

// value reads a number or a name. Names of months count in each field, as in Celery, and before those of weekdays.
func (g grammar) value(text string) (int, *fault) {
	if strings.HasPrefix(text, "-") {
		return 0, &fault{text, "is negative, " + g.allowed() + " is wanted"}
	}
	top := g.hi
	n, ok := number(text)
	if ok && g.name == "day_of_week" {
		top = 7 // Sunday as well, but only as a number: "jul" is no weekday
	}
	if !ok {
		if n, ok = named(text); !ok {
			return 0, &fault{text, "is not " + g.allowed()}
		}
	}
	if n < g.lo || n > top {
		return 0, &fault{text, "is out of range " + g.limits()}
	}
	return n, nil
}

func (g grammar) limits() string {
	hi := g.hi
	if g.name == "day_of_week" {
		hi = 7
	}
	return strconv.Itoa(g.lo) + "-" + strconv.Itoa(hi)
}

func (g grammar) allowed() string {
	if g.names != "" {
		return "a number " + g.limits() + " or a name " + g.names
	}
	return "a number " + g.limits()
}

// named looks the first three letters up among months and weekdays.
func named(text string) (int, bool) {
	runes := []rune(text)
	if len(runes) < 3 {
		return 0, false
	}
	short := strings.ToLower(string(runes[:3]))
	const months, weekdays = "janfebmaraprmayjunjulaugsepoctnovdec", "sunmontuewedthufrisat"
	for i := 0; i < len(months); i += 3 {
		if months[i:i+3] == short {
			return i/3 + 1, true
		}
	}
	for i := 0; i < len(weekdays); i += 3 {
		if weekdays[i:i+3] == short {
			return i / 3, true
		}
	}
	return 0, false
}

// word cuts the letters, digits and underscores off the beginning, which is \w+ in Python.
func word(s string) (word, rest string) {
	end := strings.IndexFunc(s, func(r rune) bool {
		return r != '_' && !unicode.IsLetter(r) && !unicode.IsNumber(r)
	})
	if end < 0 {
		return s, ""
	}
	return s[:end], s[end:]
}

// number reads what Python's int() accepts: blanks around, a sign, digits of any script, single underscores between them.
// Numbers too large for any field come back as some number too large.
func number(s string) (int, bool) {
	const huge = 1 << 20
	s = strings.TrimSpace(s)
	sign := 1
	if unsigned, minus := strings.CutPrefix(s, "-"); minus {
		s, sign = unsigned, -1
	} else {
		s = strings.TrimPrefix(s, "+")
	}
	n, digits, gap := 0, 0, true // gap: an underscore may not follow
	for _, r := range s {
		if r == '_' && !gap {
			gap = true
			continue
		}
		d, ok := digit(r)
		if !ok {
			return 0, false
		}
		n, digits, gap = min(n*10+d, huge), digits+1, false
	}
	return sign * n, digits > 0 && !gap
}

// digit returns the value of a decimal digit in any script. Unicode keeps each script's ten in one block.
func digit(r rune) (int, bool) {
	if r >= '0' && r <= '9' {
		return int(r - '0'), true
	}
	for _, block := range unicode.Nd.R16 {
		if lo, hi := rune(block.Lo), rune(block.Hi); r >= lo && r <= hi {
			return int(r-lo) % 10, true
		}
	}
	for _, block := range unicode.Nd.R32 {
		if lo, hi := rune(block.Lo), rune(block.Hi); r >= lo && r <= hi {
			return int(r-lo) % 10, true
		}
	}
	return 0, false
}
