package scheduletest

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// fieldRow is a case of crontab-parse.
type fieldRow struct {
	Field    string          `json:"field"`
	Value    json.RawMessage `json:"value"`
	Valid    bool            `json:"valid"`
	Expanded json.RawMessage `json:"expanded"`
	Error    string          `json:"error"`
}

// judgeField compares the values of one field, or of a whole expression, as the instants show them, or the refusal.
func judgeField(ask Ask, row *fieldRow) (string, error) {
	if row.Field == "from_string" {
		return judgeExpression(ask, row)
	}
	q, instantOf := row.question()
	got, err := ask(q)
	if string(row.Value) == "[]" {
		if err == nil {
			return "", errors.New("an empty list is accepted")
		}
		return "an empty list refused at once: Celery raises later", nil
	}
	if !row.Valid {
		return row.refusal(err)
	}
	if err != nil {
		return "", fmt.Errorf("%s %s: %w, want %s", row.Field, row.Value, err, row.Expanded)
	}
	var values []int
	if err := json.Unmarshal(row.Expanded, &values); err != nil {
		return "", err
	}
	want := make([]time.Time, len(values))
	for i, v := range values {
		want[i] = instantOf(v)
	}
	if !slices.EqualFunc(got, want, time.Time.Equal) {
		return "", fmt.Errorf("%s %s: got %v, want %v", row.Field, row.Value, got, row.Expanded)
	}
	return "", nil
}

// refusal judges a value that Celery refuses.
func (r *fieldRow) refusal(err error) (string, error) {
	reason := r.wider()
	switch {
	case err == nil && reason == "":
		return "", fmt.Errorf("%s %s is accepted, Celery says %q", r.Field, r.Value, r.Error)
	case err == nil:
		return reason, nil
	case !strings.HasPrefix(err.Error(), r.Field+": ") && r.Field != "from_string":
		return "", fmt.Errorf("%s %s: the error does not begin with the field: %w", r.Field, r.Value, err)
	}
	return "", nil
}

// wider names the reason to accept a value that Celery refuses; empty if there is none.
func (r *fieldRow) wider() string {
	var text string
	if json.Unmarshal(r.Value, &text) != nil {
		text = string(r.Value)
	}
	extended := regexp.MustCompile(`^(L|LW|L-\d+|\d+W|\dL|\d#\d)$`)
	switch {
	case r.Field == "from_string" && strings.HasPrefix(text, "@"):
		return "accepted: macros"
	case r.Field == "from_string" && len(strings.Fields(text)) == 6:
		return "accepted: a field of seconds"
	case r.Field == "from_string":
		return "accepted: several blanks between fields"
	case slices.ContainsFunc(strings.Split(text, ","), extended.MatchString):
		return "accepted: extended grammar"
	case strings.ContainsAny(text, "[{("):
		return "accepted: brackets"
	case strings.Contains(text, " "):
		return "accepted: blanks"
	case r.Field == "day_of_week" && strings.Contains(text, "7"):
		return "accepted: weekday 7"
	}
	return ""
}

// question asks for a span of time in which the field takes each of its values once: an hour, a day, a month with 31 days, a
// year, or a week, from 2023-01-01 on, which was a Sunday. It also returns when the field has a value.
func (r *fieldRow) question() (Question, func(int) time.Time) {
	start := time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(unit time.Duration) func(int) time.Time {
		return func(v int) time.Time { return start.Add(time.Duration(v) * unit) }
	}
	zero, one := json.RawMessage("0"), json.RawMessage("1")
	q := Question{Kind: "crontab", Minute: zero, Hour: zero, After: start.Add(-1)}
	day := 24 * time.Hour
	switch r.Field {
	case "minute":
		q.Minute, q.Until = r.Value, start.Add(time.Hour-1)
		return q, at(time.Minute)
	case "hour":
		q.Hour, q.Until = r.Value, start.Add(day-1)
		return q, at(time.Hour)
	case "day_of_month":
		q.DayOfMonth, q.Until = r.Value, start.AddDate(0, 1, 0).Add(-1)
		return q, func(v int) time.Time { return start.AddDate(0, 0, v-1) }
	case "month_of_year":
		q.DayOfMonth, q.MonthOfYear, q.Until = one, r.Value, start.AddDate(1, 0, 0).Add(-1)
		return q, func(v int) time.Time { return start.AddDate(0, v-1, 0) }
	}
	q.DayOfWeek, q.Until = r.Value, start.Add(7*day-1)
	return q, at(day)
}

// judgeExpression compares the first instants of a whole expression.
func judgeExpression(ask Ask, row *fieldRow) (string, error) {
	const most = 40
	q := Question{Kind: "crontab", After: time.Date(2023, 1, 1, 0, 0, 0, -1, time.UTC), Count: most}
	if err := json.Unmarshal(row.Value, &q.Expression); err != nil {
		return "", err
	}
	got, err := ask(q)
	if !row.Valid {
		return row.refusal(err)
	}
	var sets map[string][]int
	if err := errors.Join(err, json.Unmarshal(row.Expanded, &sets)); err != nil {
		return "", fmt.Errorf("%s: %w", row.Value, err)
	}
	want := []time.Time{}
	for at := q.After.Add(1); len(want) < most; at = at.Add(time.Minute) {
		if slices.Contains(sets["minute"], at.Minute()) && slices.Contains(sets["hour"], at.Hour()) &&
			slices.Contains(sets["day_of_month"], at.Day()) && slices.Contains(sets["month_of_year"], int(at.Month())) &&
			slices.Contains(sets["day_of_week"], int(at.Weekday())) {
			want = append(want, at)
		}
	}
	if !slices.EqualFunc(got, want, time.Time.Equal) {
		return "", fmt.Errorf("%s: got %v, want %v", row.Value, got, want)
	}
	return "", nil
}
