package schedule_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gobeat/gobeat/beat/schedule"
)

func crontab(t testing.TB, spec schedule.Spec, zone string) *schedule.Crontab {
	t.Helper()
	c, err := schedule.NewCrontab(spec, zoneOf(t, zone))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// inMonth tells whether a day is what a part of the extended grammar means, by looking at the calendar alone.
func inMonth(part string, day time.Time) bool {
	last := time.Date(day.Year(), day.Month()+1, 0, 0, 0, 0, 0, time.UTC)
	workday := func(want time.Time) time.Time {
		for _, distance := range []int{0, -1, 1, -2, 2} {
			d := want.AddDate(0, 0, distance)
			if d.Month() == want.Month() && d.Weekday() != time.Saturday && d.Weekday() != time.Sunday {
				return d
			}
		}
		return time.Time{}
	}
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			return -1
		}
		return n
	}
	switch {
	case part == "L":
		return day.Equal(last)
	case part == "LW":
		return day.Equal(workday(last))
	case strings.HasPrefix(part, "L-"):
		return day.Equal(last.AddDate(0, 0, -number(part[2:])))
	case strings.HasSuffix(part, "W"):
		n := number(strings.TrimSuffix(part, "W"))
		want := time.Date(day.Year(), day.Month(), n, 0, 0, 0, 0, time.UTC)
		return want.Month() == day.Month() && day.Equal(workday(want))
	case strings.HasSuffix(part, "L"):
		return int(day.Weekday()) == number(strings.TrimSuffix(part, "L"))%7 && day.AddDate(0, 0, 7).Month() != day.Month()
	}
	weekday, nth, ok := strings.Cut(part, "#")
	return ok && int(day.Weekday()) == number(weekday)%7 && (day.Day()-1)/7+1 == number(nth)
}

// Ten years of each form, day by day.
func TestPositionsInTheMonth(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ dates, weekdays string }{
		{"L", ""},
		{"LW", ""},
		{"L-1", ""},
		{"L-30", ""},
		{"1W", ""},
		{"15W", ""},
		{"30W", ""},
		{"31W", ""},
		{"", "5L"},
		{"", "0L"},
		{"", "7L"},
		{"", "1#1"},
		{"", "5#2"},
		{"", "0#5"},
		{"", "7#3"},
		{"L,15W", ""},
		{"", "1#1,1#3"},
	} {
		t.Run(tt.dates+tt.weekdays, func(t *testing.T) {
			t.Parallel()
			c := crontab(t, schedule.Spec{Minute: "0", Hour: "0", DayOfMonth: tt.dates, DayOfWeek: tt.weekdays}, "UTC")
			start := time.Date(2023, 12, 31, 0, 0, 0, 0, time.UTC)
			end := start.AddDate(10, 0, 0)
			want := []time.Time{}
			for day := start.AddDate(0, 0, 1); !day.After(end); day = day.AddDate(0, 0, 1) {
				for part := range strings.SplitSeq(tt.dates+tt.weekdays, ",") {
					if inMonth(part, day) {
						want = append(want, day)
						break
					}
				}
			}
			if diff := cmp.Diff(want, walk(c, start, end)); diff != "" || len(want) == 0 {
				t.Errorf("%d days (-want +got):\n%s", len(want), diff)
			}
			checkSpan(t, c, start, end, want)
		})
	}
}

// Both day fields must match, whichever grammar they are in.
func TestPositionsAreAndedWithTheOtherField(t *testing.T) {
	t.Parallel()
	c := crontab(t, schedule.Spec{Minute: "0", Hour: "0", DayOfMonth: "L", DayOfWeek: "fri"}, "UTC")
	next, ok := c.Next(instant(t, "2026-01-01T00:00:00Z"))
	if want := instant(t, "2026-07-31T00:00:00Z"); !ok || !next.Equal(want) {
		t.Errorf("got %v, %v, want %v: the first month that ends on a Friday", next, ok, want)
	}
	never := crontab(t, schedule.Spec{DayOfMonth: "1-7", DayOfWeek: "1#2"}, "UTC")
	if next, ok := never.Next(instant(t, "2026-01-01T00:00:00Z")); ok {
		t.Errorf("a second Monday within the first week: %v", next)
	}
}

func TestExtendedRefused(t *testing.T) {
	t.Parallel()
	for _, spec := range []schedule.Spec{
		{DayOfMonth: "32W"},
		{DayOfMonth: "0W"},
		{DayOfMonth: "L-31"},
		{DayOfMonth: "L-0"},
		{DayOfMonth: "WL"},
		{DayOfMonth: "5L"},
		{DayOfWeek: "8L"},
		{DayOfWeek: "5#6"},
		{DayOfWeek: "5#0"},
		{DayOfWeek: "L"},
		{DayOfWeek: "15W"},
		{Hour: "L"},
		{Minute: "H"},
		{Minute: "1", Expression: "@daily"},
		{Expression: "@reboot"},
		{Expression: "* * *"},
		{DST: "sometimes"},
		{DST: "move/"},
		{DST: "skip/first/both"},
	} {
		if c, err := schedule.NewCrontab(spec, zoneOf(t, "UTC")); err == nil {
			t.Errorf("%+v is accepted as %v", spec, c)
		} else if _, ok := errors.AsType[*schedule.FieldError](err); !ok {
			t.Errorf("%+v: %v is no FieldError", spec, err)
		}
	}
}

// Names with more behind them stay what Celery reads.
func TestNamesKeepTheirMeaning(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"friL": "5", "fri#2": "5", "mon#1,tueL": "1 2"} {
		values, err := schedule.ExpandField("day_of_week", text)
		got := make([]string, len(values))
		for i, v := range values {
			got[i] = strconv.Itoa(v)
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: got %v, %v, want %s", text, values, err, want)
		}
	}
}

func TestMacrosAndExpressions(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *",
		"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "5 4 * * sun": "5 4 * * sun", "30 5 4 * * sun": "30 5 4 * * sun",
	} {
		spec, err := schedule.Spec{Kind: schedule.KindCrontab, Expression: expression}.Expanded()
		if err != nil || spec.Crontab() != want || spec.Expression != "" {
			t.Errorf("%s: got %q, %v, want %q", expression, spec.Crontab(), err, want)
		}
	}
}

func TestHashed(t *testing.T) {
	t.Parallel()
	spec := schedule.Spec{
		Kind: schedule.KindCrontab, Second: "H", Minute: "H/15", Hour: "H(0-5)", DayOfMonth: "H", MonthOfYear: "H(1-6)/2", DayOfWeek: "H,mon",
	}
	// These values must never change: they decide when tasks of that name run.
	if got, want := spec.Hashed("report").Crontab(), "41 14-59/15 2 16 2-6/2 1,mon"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, text := range []string{"H(5-2)", "H(0-60)", "H/0", "H/61", "H(", "HH", "H5", "thu", "H(1)"} {
		same := schedule.Spec{Kind: schedule.KindCrontab, Minute: text}
		if got := same.Hashed("a").Minute; got != text {
			t.Errorf("%s became %s", text, got)
		}
	}
	// A thousand names spread over the minutes: none is empty, none has five times its share.
	counts := map[string]int{}
	for i := range 1000 {
		counts[schedule.Spec{Kind: schedule.KindCrontab, Minute: "H"}.Hashed("task-"+strconv.Itoa(i)).Minute]++
	}
	for minute, n := range counts {
		if n > 5*1000/60 {
			t.Errorf("%d tasks at minute %s", n, minute)
		}
	}
	if len(counts) != 60 {
		t.Errorf("only %d of 60 minutes are used", len(counts))
	}
}

func TestHashedCompiles(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		form := rapid.SampledFrom([]string{"H", "H/7", "H(2-9)", "H(2-9)/3", "H,5", "1-3,H/2"})
		spec := schedule.Spec{
			Kind: schedule.KindCrontab, Minute: form.Draw(t, "minute"), Hour: form.Draw(t, "hour"),
			DayOfMonth: form.Draw(t, "day"), MonthOfYear: form.Draw(t, "month"),
		}
		name := rapid.String().Draw(t, "name")
		hashed := spec.Hashed(name)
		if hashed != spec.Hashed(name) || strings.Contains(hashed.Crontab(), "H") {
			t.Fatalf("%+v: %s", spec, hashed.Crontab())
		}
		if _, err := schedule.NewCrontab(hashed, schedule.NewZone(nil)); err != nil {
			t.Fatalf("%s: %v", hashed.Crontab(), err)
		}
	})
}

func FuzzExtended(f *testing.F) {
	for _, text := range []string{"L", "L-3", "15W", "LW", "5L", "5#2", "H(0-29)/10", "mon#1", "1,L", "[L]"} {
		f.Add("day_of_month", text)
		f.Add("day_of_week", text)
	}
	zone := schedule.NewZone(nil)
	f.Fuzz(func(t *testing.T, field, text string) {
		spec := schedule.Spec{Kind: schedule.KindCrontab, Minute: "0", Hour: "0"}
		switch field {
		case "day_of_month":
			spec.DayOfMonth = text
		case "day_of_week":
			spec.DayOfWeek = text
		case "expression":
			spec = schedule.Spec{Kind: schedule.KindCrontab, Expression: text}
		case "dst":
			spec.DST = text
		default:
			spec.Hour = text
		}
		c, err := schedule.NewCrontab(spec.Hashed("name"), zone)
		if err != nil {
			if _, ok := errors.AsType[*schedule.FieldError](err); !ok {
				t.Fatalf("%q: %v is no FieldError", text, err)
			}
			return
		}
		after := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		if next, ok := c.Next(after); ok && !next.After(after) {
			t.Fatalf("%v: Next(%v) = %v", c, after, next)
		}
		schedule.Lint(spec)
	})
}
