package schedule

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
)

// ParseCrontab reads "minute hour day_of_month month_of_year day_of_week", separated by blanks, into the fields of a
// Spec. It checks their number only; NewCrontab checks the rest. The error is a *FieldError.
func ParseCrontab(expression string) (Spec, error) {
	f := strings.Fields(expression)
	if len(f) != 5 {
		return Spec{}, &FieldError{
			Field: "crontab", Value: expression,
			Problem: "has " + strconv.Itoa(len(f)) + " fields, five are wanted: " +
				"minute hour day_of_month month_of_year day_of_week",
		}
	}
	return Spec{
		Kind: KindCrontab, Minute: f[0], Hour: f[1], DayOfMonth: f[2], MonthOfYear: f[3], DayOfWeek: f[4],
	}, nil
}

// Crontab returns the crontab fields in the usual order, with the second in front where it is given. Fields that
// are empty are shown as what they mean.
func (s Spec) Crontab() string {
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
			return "", &FieldError{Field: name, Value: text, Problem: "is empty"}
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
