package schedule_test

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
	"github.com/gobeat/gobeat/beat/schedule/scheduletest"
)

func TestGolden(t *testing.T) {
	t.Parallel()
	compiler := kinds.NewCompiler(time.UTC, nil)
	scheduletest.Run(t, "testdata", func(q scheduletest.Question) ([]time.Time, error) {
		spec, err := specOf(q)
		if err != nil {
			return nil, err
		}
		s, err := compiler.Compile(spec)
		if err != nil {
			return nil, err
		}
		return ask(s, q), nil
	})
}

// ask returns the instants that a question is for.
func ask(s schedule.Schedule, q scheduletest.Question) []time.Time {
	if q.Count == 0 {
		return walk(s, q.After, q.Until)
	}
	found := []time.Time{}
	for at, ok := s.Next(q.After); ok && (q.Until.IsZero() || !at.After(q.Until)); at, ok = s.Next(at) {
		if found = append(found, at); len(found) == q.Count {
			break
		}
	}
	return found
}

func specOf(q scheduletest.Question) (schedule.Spec, error) {
	s := schedule.Spec{
		Kind: schedule.Kind(q.Kind), Expression: q.Expression, Timezone: q.Timezone, Period: q.Period, Relative: q.Relative,
		Event: q.Event, Latitude: q.Latitude, Longitude: q.Longitude,
	}
	var bad error
	text := func(name string, raw json.RawMessage) string {
		if raw == nil {
			return ""
		}
		text, err := schedule.FieldText(name, raw)
		if err == nil && strings.TrimSpace(text) == "" {
			err = &schedule.FieldError{Field: name, Value: text, Problem: "is empty"} // "*" in a Spec, but not for Celery
		}
		bad = errors.Join(bad, err)
		return text
	}
	s.Minute, s.Hour = text("minute", q.Minute), text("hour", q.Hour)
	s.DayOfMonth, s.MonthOfYear = text("day_of_month", q.DayOfMonth), text("month_of_year", q.MonthOfYear)
	s.DayOfWeek = text("day_of_week", q.DayOfWeek)
	if q.Every != "" {
		every, err := q.Every.Float64()
		if err != nil {
			return s, err
		}
		s.Every, s.Period = wholeUnits(every, q.Period)
	}
	return s, bad
}

// wholeUnits turns a fraction of a unit, which Python code may give but no table can hold, into microseconds.
func wholeUnits(every float64, period string) (int64, string) {
	if every == math.Trunc(every) {
		return int64(every), period
	}
	unit := map[string]float64{"seconds": 1e6, "minutes": 60e6, "hours": 3600e6, "days": 86400e6}[period]
	return int64(every * unit), "microseconds"
}

// What Span tells of a clock change must be what Next tells.
func TestGoldenSpans(t *testing.T) {
	t.Parallel()
	type golden struct {
		Minute      json.RawMessage `json:"minute"`
		Hour        json.RawMessage `json:"hour"`
		DayOfMonth  json.RawMessage `json:"day_of_month"`
		MonthOfYear json.RawMessage `json:"month_of_year"`
		DayOfWeek   json.RawMessage `json:"day_of_week"`
		TZ          string          `json:"tz"`
		Start       time.Time       `json:"start"`
		End         time.Time       `json:"end"`
		Wall        []time.Time     `json:"wall_clock_fires"`
	}
	compiler := kinds.NewCompiler(time.UTC, nil)
	for id, row := range scheduletest.Rows[golden](t, "testdata", "crontab-dst-sequences") {
		spec, err := specOf(scheduletest.Question{
			Kind: "crontab", Minute: row.Minute, Hour: row.Hour, DayOfMonth: row.DayOfMonth, MonthOfYear: row.MonthOfYear,
			DayOfWeek: row.DayOfWeek, Timezone: row.TZ,
		})
		if err != nil {
			t.Fatal(err)
		}
		s, err := compiler.Compile(spec)
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		checkSpan(t, s.(schedule.Spanner), row.Start, row.End.Add(-1), row.Wall)
	}
}

func checkSpan(t *testing.T, s schedule.Spanner, after, until time.Time, instants []time.Time) {
	t.Helper()
	want := schedule.Span{Count: int64(len(instants))}
	if len(instants) > 0 {
		want.First, want.Last = instants[0], instants[len(instants)-1]
	}
	if diff := cmp.Diff(want, s.Span(after, until)); diff != "" {
		t.Errorf("%v: Span(%v, %v) (-want +got):\n%s", s, after, until, diff)
	}
}

// Lint must warn of each spelling that Celery accepts by accident, and of no other.
func TestGoldenSpelling(t *testing.T) {
	t.Parallel()
	type golden struct {
		Field   string          `json:"field"`
		Value   json.RawMessage `json:"value"`
		Valid   bool            `json:"valid"`
		Grammar *bool           `json:"documented_grammar"`
	}
	documented, accidents := 0, 0
	for id, row := range scheduletest.Rows[golden](t, "testdata", "crontab-parse") {
		var text string
		if !row.Valid || row.Grammar == nil || json.Unmarshal(row.Value, &text) != nil {
			continue
		}
		spec := schedule.Spec{Kind: schedule.KindCrontab}
		field := map[string]*string{
			"minute": &spec.Minute, "hour": &spec.Hour, "day_of_month": &spec.DayOfMonth, "month_of_year": &spec.MonthOfYear,
			"day_of_week": &spec.DayOfWeek,
		}[row.Field]
		if field == nil {
			continue // a whole expression
		}
		*field = text
		warned := slices.ContainsFunc(schedule.Lint(spec), func(w schedule.Warning) bool {
			return w.Field == row.Field && strings.Contains(w.Text, "by accident")
		})
		if warned == *row.Grammar {
			t.Errorf("%s: %s %q: lint warns of the spelling: %v, documented grammar: %v", id, row.Field, text, warned, *row.Grammar)
		}
		if documented++; !*row.Grammar {
			documented, accidents = documented-1, accidents+1
		}
	}
	if documented == 0 || accidents == 0 {
		t.Errorf("%d documented spellings, %d accidents", documented, accidents)
	}
	t.Logf("crontab-parse: %d documented spellings without a warning, %d accidents with one", documented, accidents)
}

func zoneOf(t testing.TB, name string) *schedule.Zone {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return schedule.NewZone(loc)
}
