package schedule_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/beat/schedule"
)

// readGolden calls each for every line of a recording, which may be gzipped.
func readGolden[T any](t *testing.T, name string, each func(t *testing.T, row T)) int {
	t.Helper()
	dir := "testdata"
	if set := os.Getenv("BEAT_GOLDEN"); set != "" {
		dir = filepath.Join(set, "schedules")
	}
	f, err := os.Open(filepath.Join(dir, name+".jsonl"))
	zipped := errors.Is(err, fs.ErrNotExist)
	if zipped {
		f, err = os.Open(filepath.Join(dir, name+".jsonl.gz"))
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if zipped {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	n := 0
	for ; lines.Scan(); n++ {
		var row T
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatalf("%s line %d: %v", name, n+1, err)
		}
		each(t, row)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		t.Fatalf("%s has no lines", name)
	}
	return n
}

// goldenCrontab is what all recordings of crontabs begin with.
type goldenCrontab struct {
	ID          string          `json:"id"`
	Cat         string          `json:"cat"`
	Minute      json.RawMessage `json:"minute"`
	Hour        json.RawMessage `json:"hour"`
	DayOfMonth  json.RawMessage `json:"day_of_month"`
	MonthOfYear json.RawMessage `json:"month_of_year"`
	DayOfWeek   json.RawMessage `json:"day_of_week"`
	TZ          string          `json:"tz"`
	Agrees      bool            `json:"agrees_with_wall_clock"`
}

func (g goldenCrontab) compile(t *testing.T, zones map[string]*schedule.Zone) *schedule.Crontab {
	t.Helper()
	if zones[g.TZ] == nil {
		zones[g.TZ] = zoneOf(t, g.TZ)
	}
	text := func(name string, raw json.RawMessage) string {
		s, err := schedule.FieldText(name, raw)
		if err != nil {
			t.Fatalf("%s: %v", g.ID, err)
		}
		return s
	}
	c, err := schedule.NewCrontab(schedule.Spec{
		Minute:      text("minute", g.Minute),
		Hour:        text("hour", g.Hour),
		DayOfMonth:  text("day_of_month", g.DayOfMonth),
		MonthOfYear: text("month_of_year", g.MonthOfYear),
		DayOfWeek:   text("day_of_week", g.DayOfWeek),
	}, zones[g.TZ])
	if err != nil {
		t.Fatalf("%s: %v", g.ID, err)
	}
	return c
}

func zoneOf(t testing.TB, name string) *schedule.Zone {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return schedule.NewZone(loc)
}

type goldenNext struct {
	goldenCrontab
	LastRunAt time.Time  `json:"last_run_at"`
	Outcome   string     `json:"outcome"`
	Next      time.Time  `json:"next"`
	Wall      *time.Time `json:"wall_clock_next"`
	Verdict   string     `json:"verdict"`
}

// want returns the instants that are right; none means never.
func (g goldenNext) want() []time.Time {
	switch {
	case g.Outcome == "error" && g.Wall == nil:
		return nil
	case g.Verdict == "debatable_gap":
		return []time.Time{g.Next, *g.Wall}
	case g.Agrees:
		return []time.Time{g.Next}
	}
	return []time.Time{*g.Wall}
}

func TestGoldenCrontabNext(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"crontab-next", "crontab-dst"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zones := map[string]*schedule.Zone{}
			verdicts := map[string]int{}
			n := readGolden(t, name, func(t *testing.T, row goldenNext) {
				verdicts[row.Verdict]++
				got, ok := row.compile(t, zones).Next(row.LastRunAt)
				want := row.want()
				if ok != (len(want) > 0) || ok && !slices.ContainsFunc(want, got.Equal) {
					t.Errorf("%s: %s after %v: got %v, %v, want one of %v", row.ID, row.Cat, row.LastRunAt, got, ok, want)
				}
			})
			t.Logf("%s: %d cases, %v", name, n, verdicts)
		})
	}
}

func TestGoldenCrontabSequences(t *testing.T) {
	t.Parallel()
	type golden struct {
		goldenCrontab
		Start time.Time   `json:"start"`
		End   time.Time   `json:"end"`
		Fires []time.Time `json:"fires"`
		Wall  []time.Time `json:"wall_clock_fires"`
	}
	zones := map[string]*schedule.Zone{}
	runs := 0
	n := readGolden(t, "crontab-dst-sequences", func(t *testing.T, row golden) {
		c := row.compile(t, zones)
		if row.Agrees && !cmp.Equal(row.Fires, row.Wall) {
			t.Fatalf("%s contradicts itself", row.ID)
		}
		got := []time.Time{}
		for at, ok := c.Next(row.Start); ok && at.Before(row.End); at, ok = c.Next(at) {
			got = append(got, at)
		}
		runs += len(got)
		if diff := cmp.Diff(row.Wall, got); diff != "" {
			t.Errorf("%s: %v in %s (-want +got):\n%s", row.ID, c, row.TZ, diff)
		}
		checkSpan(t, c, row.Start, row.End.Add(-1), got)
	})
	t.Logf("crontab-dst-sequences: %d cases, %d runs", n, runs)
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

func TestGoldenCrontabDue(t *testing.T) {
	t.Parallel()
	type golden struct {
		goldenCrontab
		LastRunAt time.Time `json:"last_run_at"`
		Now       time.Time `json:"now"`
		Deadline  *float64  `json:"beat_cron_starting_deadline"`
		Due       bool      `json:"is_due"`
		NextCheck float64   `json:"next_check_s"`
		WallDue   bool      `json:"wall_clock_is_due"`
	}
	const modelRuns = 5001 // the most that the model in generate.py looks at
	zones := map[string]*schedule.Zone{}
	fixed, capped, changed := 0, 0, 0
	n := readGolden(t, "crontab-due", func(t *testing.T, row golden) {
		c := row.compile(t, zones)
		missed := schedule.Of(c, row.LastRunAt, row.Now)
		due := missed.Count > 0
		from := row.LastRunAt
		if due {
			from = row.Now
			if row.Deadline != nil && row.Now.Sub(missed.Last).Seconds() > *row.Deadline {
				due = false
			}
		}
		if wallDue := due; row.Deadline != nil && missed.Count > modelRuns {
			// The model stopped counting, so its newest missed run is not the newest.
			capped++
			wallDue = row.Now.Sub(nth(c, row.LastRunAt, modelRuns)).Seconds() <= *row.Deadline
			if wallDue != row.WallDue {
				t.Errorf("%s: %v: got due %v at the model's limit, want %v", row.ID, c, wallDue, row.WallDue)
			}
		} else if wallDue != row.WallDue {
			t.Errorf("%s: %v: got due %v, want %v", row.ID, c, wallDue, row.WallDue)
		}
		if due != row.Due {
			fixed++
			return // Celery's bug moved its next look as well
		}
		next, ok := c.Next(from)
		if got := next.Sub(row.Now).Seconds(); !ok || got-row.NextCheck > 1e-6 || row.NextCheck-got > 1e-6 {
			loc := zones[row.TZ].Location()
			if repeated(row.LastRunAt.In(loc)) || repeated(row.Now.In(loc)) || repeated(next.In(loc)) || movedOut(next.In(loc)) {
				changed++ // Celery knows no second pass, and no run after a gap when asked from there
				return
			}
			t.Errorf("%s: %v: next look in %v s, want %v", row.ID, c, got, row.NextCheck)
		}
	})
	t.Logf("crontab-due: %d cases, %d against Celery, %d where clocks change, %d beyond the model's limit", n, fixed, changed, capped)
}

// nth returns the n-th instant after the given one.
func nth(s schedule.Schedule, after time.Time, n int) time.Time {
	for range n {
		after, _ = s.Next(after)
	}
	return after
}

func TestGoldenCrontabParse(t *testing.T) {
	t.Parallel()
	type golden struct {
		ID       string          `json:"id"`
		Field    string          `json:"field"`
		Kind     string          `json:"kind"`
		Value    json.RawMessage `json:"value"`
		Valid    bool            `json:"valid"`
		Expanded json.RawMessage `json:"expanded"`
		Error    string          `json:"error"`
		Grammar  *bool           `json:"documented_grammar"`
	}
	accidents := 0
	wider := map[string]int{}
	n := readGolden(t, "crontab-parse", func(t *testing.T, row golden) {
		got, err := expandGolden(row.Field, row.Value)
		if string(row.Value) == "[]" {
			// Celery takes an empty list and raises when it looks for the next run.
			if err == nil {
				t.Errorf("%s: an empty list is accepted", row.ID)
			}
			wider["empty list refused at once"]++
			return
		}
		if row.Valid {
			if err != nil || got != compact(t, row.Expanded) {
				t.Errorf("%s: %s %s: got %s, %v, want %s", row.ID, row.Field, row.Value, got, err, row.Expanded)
			}
			if row.Grammar != nil && row.Field != "from_string" {
				if !*row.Grammar {
					accidents++
				}
				if warned := warnsOfSpelling(t, row.Field, row.Value); warned == *row.Grammar {
					t.Errorf("%s: %s %s: lint warns of the spelling: %v, documented grammar: %v", row.ID, row.Field, row.Value, warned, *row.Grammar)
				}
			}
			return
		}
		if err == nil {
			why := reasonToAccept(row.Field, row.Value)
			if why == "" {
				t.Errorf("%s: %s %s: got %s, want an error as Celery's %q", row.ID, row.Field, row.Value, got, row.Error)
			}
			wider[why]++
			return
		}
		if field, ok := errors.AsType[*schedule.FieldError](err); !ok || field.Field == "" || field.Problem == "" {
			t.Errorf("%s: %s: error %v does not say what is wrong", row.ID, row.Value, err)
		}
	})
	t.Logf("crontab-parse: %d cases, %d accepted by accident and warned of, read more widely than by Celery: %v", n, accidents, wider)
}

// warnsOfSpelling tells whether Lint says that Celery reads a field in its own way.
func warnsOfSpelling(t *testing.T, field string, value json.RawMessage) bool {
	t.Helper()
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		t.Fatal(err)
	}
	spec := schedule.Spec{Kind: schedule.KindCrontab}
	*map[string]*string{
		"minute": &spec.Minute, "hour": &spec.Hour, "day_of_month": &spec.DayOfMonth, "month_of_year": &spec.MonthOfYear,
		"day_of_week": &spec.DayOfWeek,
	}[field] = text
	return slices.ContainsFunc(schedule.Lint(spec), func(w schedule.Warning) bool {
		return strings.Contains(w.Text, "by accident")
	})
}

// expandGolden returns the values of a field as compact JSON.
func expandGolden(field string, value json.RawMessage) (string, error) {
	text, err := schedule.FieldText(field, value)
	if err != nil {
		return "", err
	}
	if field != "from_string" {
		values, err := schedule.ExpandField(field, text)
		if err != nil {
			return "", err
		}
		out, err := json.Marshal(values)
		return string(out), err
	}
	spec, err := schedule.ParseCrontab(text)
	if err != nil {
		return "", err
	}
	all := map[string][]int{}
	for name, text := range map[string]string{
		"minute": spec.Minute, "hour": spec.Hour, "day_of_month": spec.DayOfMonth,
		"month_of_year": spec.MonthOfYear, "day_of_week": spec.DayOfWeek,
	} {
		if all[name], err = schedule.ExpandField(name, text); err != nil {
			return "", err
		}
	}
	out, err := json.Marshal(all)
	return string(out), err
}

func compact(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// reasonToAccept names the documented reason why a value that Celery refuses is accepted here, or nothing.
func reasonToAccept(field string, value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) != nil {
		text = string(value)
	}
	switch {
	case field == "from_string":
		return "several blanks between fields"
	case slices.ContainsFunc([]rune(text), func(r rune) bool { return r == '[' || r == '{' || r == '(' }):
		return "brackets"
	case slices.ContainsFunc([]rune(text), func(r rune) bool { return r == ' ' }):
		return "blanks"
	case field == "day_of_week" && slices.Contains([]rune(text), '7'):
		return "weekday 7"
	}
	return ""
}

func TestGoldenInterval(t *testing.T) {
	t.Parallel()
	type golden struct {
		ID        string    `json:"id"`
		Every     float64   `json:"every"`
		Period    string    `json:"period"`
		Relative  bool      `json:"relative"`
		TZ        string    `json:"tz"`
		LastRunAt time.Time `json:"last_run_at"`
		Now       time.Time `json:"now"`
		DueAt     time.Time `json:"due_at"`
		Due       bool      `json:"is_due"`
		NextCheck float64   `json:"next_check_s"`
		Elapsed   time.Time `json:"elapsed_due_at"`
		Agrees    bool      `json:"agrees_with_elapsed_time"`
	}
	relative, refused, fixed, short := 0, 0, 0, 0
	zones := map[string]*schedule.Zone{}
	n := readGolden(t, "interval", func(t *testing.T, row golden) {
		every, period := wholeUnits(row.Every, row.Period)
		interval, err := schedule.NewInterval(every, period)
		var s interface {
			schedule.Schedule
			schedule.Spanner
		} = interval
		switch {
		case row.Every <= 0:
			refused++
			if err == nil {
				t.Errorf("%s: every %v is accepted", row.ID, row.Every)
			}
			return
		case err != nil:
			t.Errorf("%s: %v", row.ID, err)
			return
		case row.Relative:
			relative++
			if zones[row.TZ] == nil {
				zones[row.TZ] = zoneOf(t, row.TZ)
			}
			s = schedule.NewRelative(interval, zones[row.TZ])
			if !row.Elapsed.After(row.LastRunAt) {
				// Rounded down to where it was, or before: Celery sends without end. The next whole unit is right.
				short++
				const unit = 25 * time.Hour // the longest day
				if next, ok := s.Next(row.LastRunAt); !ok || !next.After(row.LastRunAt) || next.Sub(row.LastRunAt) > unit {
					t.Errorf("%s: %v after %v: got %v, %v", row.ID, s, row.LastRunAt, next, ok)
				}
				return
			}
		}
		next, ok := s.Next(row.LastRunAt)
		if !ok || !next.Equal(row.Elapsed) {
			t.Errorf("%s: %v after %v: got %v, %v, want %v", row.ID, s, row.LastRunAt, next, ok, row.Elapsed)
		}
		if !row.Agrees {
			fixed++
			return
		}
		span := s.Span(row.LastRunAt, row.Now)
		if !next.Equal(row.DueAt) || (span.Count > 0) != row.Due {
			t.Errorf("%s: %v: got %v, due %v, want %v, %v", row.ID, s, next, span.Count > 0, row.DueAt, row.Due)
		}
	})
	t.Logf("interval: %d cases, zero refused %d, relative %d, of those without end in Celery %d, elapsed time against Celery %d",
		n, refused, relative, short, fixed)
}

// wholeUnits turns a fraction of a unit, which Python code may give but no table can hold, into microseconds.
func wholeUnits(every float64, period string) (int64, string) {
	if every == float64(int64(every)) {
		return int64(every), period
	}
	unit := map[string]float64{"seconds": 1e6, "minutes": 60e6, "hours": 3600e6, "days": 86400e6}[period]
	return int64(every * unit), "microseconds"
}
