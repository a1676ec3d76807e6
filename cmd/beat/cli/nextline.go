package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
	"github.com/gobeat/gobeat/broker/message"
)

// maxInstants bounds the instants of one answer, so that one line cannot take all memory.
const maxInstants = 100_000

// nextLine is one request of `next --stdin`.
type nextLine struct {
	ID json.RawMessage `json:"id"`

	Kind        schedule.Kind   `json:"kind"`
	Second      json.RawMessage `json:"second"`
	Minute      json.RawMessage `json:"minute"`
	Hour        json.RawMessage `json:"hour"`
	DayOfMonth  json.RawMessage `json:"day_of_month"`
	MonthOfYear json.RawMessage `json:"month_of_year"`
	DayOfWeek   json.RawMessage `json:"day_of_week"`
	Timezone    string          `json:"timezone"`
	Every       *json.Number    `json:"every"`
	Period      string          `json:"period"`
	Relative    bool            `json:"relative"`
	Event       string          `json:"event"`
	Latitude    *float64        `json:"latitude"`
	Longitude   *float64        `json:"longitude"`
	Clocked     string          `json:"clocked_time"`
	Expression  string          `json:"expression"`
	DST         string          `json:"dst"`
	Exclude     json.RawMessage `json:"exclude"` // a text or a list of texts
	Name        string          `json:"name"`    // what an H in a crontab is made of

	nextLimits

	After string `json:"after"`
	Until string `json:"until"`
	Count *int   `json:"count"`
}

// nextQuery is a nextLine that was checked, apart from its schedule.
type nextQuery struct {
	spec         schedule.Spec
	after, until time.Time
	count        int
	limits       *beat.Entry // start, end, most runs and jitter; nil: none is given
}

// nextAnswerer returns the answerer of `next --stdin`. A line without after counts from now.
func nextAnswerer(compiler *kinds.Compiler, now func() time.Time) (answerer, error) {
	build, err := message.NewBuilder(message.Settings{})
	if err != nil {
		return nil, fmt.Errorf("prepare plans: %w", err)
	}
	plans := beat.NewCompiler(compiler, build)
	return func(dst, line []byte) []byte {
		var l nextLine
		if err := decodeKnown(line, &l); err != nil {
			return appendFailure(dst, lineID(line), err)
		}
		q, err := l.query(now)
		if err != nil {
			return appendFailure(dst, l.ID, err)
		}
		next, err := q.compile(compiler, plans)
		if err != nil {
			return appendFailure(dst, l.ID, err)
		}
		answer, err := q.appendInstants(append(appendID(dst, l.ID), `, "next": [`...), next)
		if err != nil {
			return appendFailure(dst[:0], l.ID, err)
		}
		return append(answer, "]}"...)
	}, nil
}

// query checks a line and brings it into the form that the rest works with.
func (l *nextLine) query(now func() time.Time) (nextQuery, error) {
	q := nextQuery{count: 1}
	spec, err := l.spec()
	if err != nil {
		return q, err
	}
	q.spec = spec
	if l.After == "" {
		q.after = now().UTC()
	} else if q.after, err = parseInstant("after", l.After); err != nil {
		return q, err
	}
	if l.Until != "" {
		if q.until, err = parseInstant("until", l.Until); err != nil {
			return q, err
		}
		q.count = maxInstants + 1
	}
	if l.Count != nil {
		if *l.Count < 1 || *l.Count > maxInstants {
			return q, fmt.Errorf("count: %d is out of range 1-%d", *l.Count, maxInstants)
		}
		q.count = *l.Count
	}
	return q, l.limit(&q)
}

func (l *nextLine) spec() (schedule.Spec, error) {
	s := schedule.Spec{
		Kind: l.Kind, Timezone: l.Timezone, Period: l.Period, Relative: l.Relative, Event: l.Event,
		Latitude: l.Latitude, Longitude: l.Longitude, Expression: l.Expression, DST: l.DST,
	}
	var err error
	if s.Exclude, err = l.excluded(); err != nil {
		return s, err
	}
	switch l.Kind {
	case schedule.KindCrontab:
		s, err := l.crontab(s)
		return s.Hashed(l.Name), err
	case schedule.KindInterval:
		return l.interval(s)
	case schedule.KindClocked:
		if l.Clocked == "" {
			return s, errors.New("clocked_time: is missing")
		}
		at, err := parseInstant("clocked_time", l.Clocked)
		if err != nil {
			return s, err
		}
		s.Clocked = at
	case schedule.KindCron, schedule.KindRRule, schedule.KindSolar:
	case "":
		return s, errors.New("kind: is missing; it is one of " + kindNames())
	default:
		return s, fmt.Errorf("kind: %.80q is not one of %s", string(l.Kind), kindNames())
	}
	return s, nil
}

func kindNames() string {
	var names []string
	for _, k := range schedule.Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// interval reads every and period. Celery takes fractions of seconds and longer periods, of which microseconds count.
func (l *nextLine) interval(s schedule.Spec) (schedule.Spec, error) {
	if l.Every == nil {
		return s, errors.New("every: is missing")
	}
	n, err := wholeNumber(*l.Every)
	if err == nil {
		s.Every = n
		return s, nil
	}
	length := time.Duration(0)
	for _, p := range periods() {
		if p.name == s.Period {
			length = p.length
		}
	}
	if length == 0 {
		_, err = schedule.NewInterval(1, s.Period)
		return s, err
	}
	every, err := l.Every.Float64()
	every = math.Round(every * float64(length/time.Microsecond))
	if err != nil || every < 1 || every >= 1<<53 {
		return s, &schedule.FieldError{
			Field: "every", Value: l.Every.String(), Problem: "is not a number of " + s.Period + " from a microsecond to 106751 days",
		}
	}
	s.Every, s.Period = int64(every), "microseconds"
	return s, nil
}

func (l *nextLine) excluded() (string, error) {
	if len(l.Exclude) == 0 || string(l.Exclude) == "null" {
		return "", nil
	}
	var text string
	if json.Unmarshal(l.Exclude, &text) == nil {
		return text, nil
	}
	var list []string
	if json.Unmarshal(l.Exclude, &list) != nil {
		return "", &schedule.FieldError{Field: "exclude", Value: string(l.Exclude), Problem: "is not a text or a list of texts"}
	}
	return strings.Join(list, ","), nil
}

// crontab reads the fields of a crontab, which may be texts, numbers or lists of numbers as in Celery.
func (l *nextLine) crontab(s schedule.Spec) (schedule.Spec, error) {
	for _, f := range [...]struct {
		name string
		raw  json.RawMessage
		to   *string
	}{
		{"second", l.Second, &s.Second},
		{"minute", l.Minute, &s.Minute},
		{"hour", l.Hour, &s.Hour},
		{"day_of_month", l.DayOfMonth, &s.DayOfMonth},
		{"month_of_year", l.MonthOfYear, &s.MonthOfYear},
		{"day_of_week", l.DayOfWeek, &s.DayOfWeek},
	} {
		if len(f.raw) == 0 {
			continue // not given
		}
		text, err := schedule.FieldText(f.name, f.raw)
		if err != nil {
			return s, err
		}
		if strings.TrimSpace(text) == "" {
			// In a Spec an empty field stands for "*", for Celery it is a mistake.
			_, err := schedule.ExpandField(f.name, "")
			return s, err
		}
		*f.to = text
	}
	return s, nil
}

// appendInstants appends the instants that the query asks for, quoted and separated.
func (q *nextQuery) appendInstants(dst []byte, following func(time.Time) (time.Time, bool)) ([]byte, error) {
	at := q.after
	for n := range q.count {
		next, ok := following(at)
		if !ok || (!q.until.IsZero() && next.After(q.until)) {
			return dst, nil
		}
		if n == maxInstants {
			return nil, fmt.Errorf("until: more than %d instants lie before it; add count or ask for less", maxInstants)
		}
		if n > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(dst, '"')
		dst = next.UTC().AppendFormat(dst, time.RFC3339Nano)
		dst = append(dst, '"')
		at = next
	}
	return dst, nil
}

// wholeNumber reads a JSON number that has no fraction, such as 10 or 1e3.
func wholeNumber(n json.Number) (int64, error) {
	if i, err := n.Int64(); err == nil {
		return i, nil
	}
	f, err := strconv.ParseFloat(n.String(), 64)
	if err != nil {
		return 0, err
	}
	if f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, strconv.ErrRange
	}
	return int64(f), nil
}
