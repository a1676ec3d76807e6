package schedule

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
)

// ParseCrontab reads "minute hour day_of_month month_of_year day_of_week", separated by blanks, into the fields of a
// Spec; six fields begin with the second. It also knows @yearly, @annually, @monthly, @weekly, @daily, @midnight and
// @hourly. It checks the number of fields only; NewCrontab checks the rest. The error is a *FieldError.
func ParseCrontab(expression string) (Spec, error) {
	text := strings.TrimSpace(expression)
	if fields, ok := macro(text); ok {
		text = fields
	} else if strings.HasPrefix(text, "@") {
		return Spec{}, &FieldError{
			Field: "crontab", Value: expression,
			Problem: "is not one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly",
		}
	}
	f := strings.Fields(text)
	if len(f) != 5 && len(f) != 6 {
		return Spec{}, &FieldError{
			Field: "crontab", Value: expression,
			Problem: "has " + strconv.Itoa(len(f)) + " fields, five are wanted: " +
				"minute hour day_of_month month_of_year day_of_week, or six with the second in front",
		}
	}
	s := Spec{Kind: KindCrontab}
	if len(f) == 6 {
		s.Second, f = f[0], f[1:]
	}
	s.Minute, s.Hour, s.DayOfMonth, s.MonthOfYear, s.DayOfWeek = f[0], f[1], f[2], f[3], f[4]
	return s, nil
}

// Crontab returns the crontab fields in the usual order, with the second in front where it is given. Fields that
// are empty are shown as what they mean.
func (s Spec) Crontab() string {
	if s.Expression != "" {
		return s.Expression
	}
	fields := make([]string, 0, 6)
	if s.Second != "" {
		fields = append(fields, s.Second)
	}
	for _, f := range []string{s.Minute, s.Hour, s.DayOfMonth, s.MonthOfYear, s.DayOfWeek} {
		fields = append(fields, orText(f, "*"))
	}
	for i, f := range fields {
		fields[i] = strings.Join(strings.Fields(f), "") // one field, one word
	}
	return strings.Join(fields, " ")
}

// FieldText returns a crontab field that stands in JSON as a string, an integer or a list of integers, which are the
// types Celery takes, in the text form of Spec. The error is a *FieldError.
func FieldText(name string, raw json.RawMessage) (string, error) {
	text := strings.TrimSpace(string(raw))
	problem := &FieldError{Field: name, Value: text, Problem: "is not a string, an integer or a list of integers"}
	switch {
	case strings.HasPrefix(text, `"`):
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return "", problem
		}
		return s, nil
	case strings.HasPrefix(text, "["):
		var list []json.Number
		if strings.Contains(text, `"`) || json.Unmarshal(raw, &list) != nil {
			return "", problem
		}
		if len(list) == 0 {
			return "", &FieldError{Field: name, Value: text, Problem: "is empty, at least one integer is wanted"}
		}
		for _, n := range list {
			if _, err := strconv.ParseInt(n.String(), 10, 64); err != nil {
				return "", problem
			}
		}
		return text, nil
	}
	if _, err := strconv.ParseInt(text, 10, 64); err != nil {
		return "", problem
	}
	return text, nil
}

// unwrap takes brackets off both ends, with the comma that Python writes into a tuple of one, and blanks off the
// ends and from beside separators. A blank between two values stays: it might stand for a forgotten comma.
func unwrap(text string) string {
	const open, closing = "[({", "])}"
	text = strings.TrimSpace(text)
	if inner := strings.TrimRight(text, closing); inner != text {
		text = strings.TrimSuffix(strings.TrimRightFunc(inner, unicode.IsSpace), ",")
	}
	text = strings.TrimLeft(text, open)

	var b strings.Builder
	words := strings.Fields(text)
	for i, w := range words {
		if i > 0 && !endsOpen(words[i-1]) && !beginsOpen(w) {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	return b.String()
}

const separators = ",-/"

func endsOpen(w string) bool { return strings.ContainsRune(separators, rune(w[len(w)-1])) }

func beginsOpen(w string) bool { return strings.ContainsRune(separators, rune(w[0])) }
