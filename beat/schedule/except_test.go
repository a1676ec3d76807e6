package schedule_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gobeat/gobeat/beat/schedule"
)

func days(t testing.TB, text string) schedule.Days {
	t.Helper()
	d, err := schedule.ParseDays("exclude", text, func(name string) (schedule.Days, bool) {
		if name != "holidays" {
			return schedule.Days{}, false
		}
		d, err := schedule.ParseDays("holidays", "12-25,12-26", nil)
		return d, err == nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestParseDays(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                           "",
		"2026-12-25":                 "2026-12-25",
		" 2026-12-25, 2026-12-24\n":  "2026-12-24..2026-12-25",
		"2026-01-05..2026-01-07":     "2026-01-05..2026-01-07",
		"12-25 02-29 12-25":          "02-29,12-25",
		"@holidays,2026-01-01,12-26": "2026-01-01,12-25,12-26",
	} {
		if got := days(t, text).String(); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"2026-13-01", "2026-02-30", "13-01", "02-30", "tomorrow", "2026-01-02..2026-01-01", "@nothing", "2026-01-01.."} {
		_, err := schedule.ParseDays("exclude", text, nil)
		if f, ok := errors.AsType[*schedule.FieldError](err); !ok || f.Field != "exclude" || f.Value != text {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestExceptKeepsTheGridOfAnInterval(t *testing.T) {
	t.Parallel()
	every, err := schedule.NewInterval(7, "hours")
	if err != nil {
		t.Fatal(err)
	}
	s := schedule.NewExcept(every, days(t, "2026-01-02"), schedule.NewZone(nil))
	next, ok := s.Next(instant(t, "2026-01-01T20:00:00Z"))
	// 03:00, 10:00, 17:00 on the second are left out, 00:00 on the third is next.
	if want := instant(t, "2026-01-03T00:00:00Z"); !ok || !next.Equal(want) {
		t.Errorf("got %v, %v, want %v", next, ok, want)
	}
}

func TestExceptAll(t *testing.T) {
	t.Parallel()
	c := crontab(t, schedule.Spec{Minute: "0", Hour: "0", DayOfMonth: "25", MonthOfYear: "12"}, "UTC")
	s := schedule.NewExcept(c, days(t, "@holidays"), schedule.NewZone(nil))
	if next, ok := s.Next(instant(t, "2026-01-01T00:00:00Z")); ok {
		t.Errorf("got %v", next)
	}
	minutely := schedule.NewExcept(crontab(t, schedule.Spec{}, "UTC"), days(t, "2000-01-01..9000-01-01"), schedule.NewZone(nil))
	if next, ok := minutely.Next(instant(t, "2026-01-01T00:00:00Z")); ok && next.Year() < 9000 {
		t.Errorf("got %v", next)
	}
}

// The runs are those of the schedule on other days, as the calendar of the zone shows them.
func TestExceptIsAFilter(t *testing.T) {
	t.Parallel()
	zones := loadZones(t)
	excluded := days(t, "@holidays 2026-03-08 2026-03-28..2026-03-30 11-01 10-25 2027-01-01 02-29")
	out := map[string]bool{"12-25": true, "12-26": true, "11-01": true, "10-25": true, "02-29": true}
	for _, d := range []string{"2026-03-08", "2026-03-28", "2026-03-29", "2026-03-30", "2027-01-01"} {
		out[d] = true
	}
	rapid.Check(t, func(t *rapid.T) {
		zone := zones[rapid.SampledFrom(zoneNames()).Draw(t, "zone")]
		spec := drawSpec(t)
		spec.MonthOfYear, spec.DayOfWeek = "*", "*"
		c, err := schedule.NewCrontab(spec, zone)
		if err != nil {
			t.Fatal(err)
		}
		s := schedule.NewExcept(c, excluded, zone)
		after := instant2(schedule.Uniform(t, "after", 1767225600, 1900000000))
		checkLaws(t, s, after, schedule.Uniform(t, "later", 1, int64(300*24*time.Hour)))
		until := after.Add(time.Duration(schedule.Uniform(t, "span", 0, int64(90*24*time.Hour))))
		want := []time.Time{}
		for _, run := range walk(c, after, until) {
			local := run.In(zone.Location())
			if !out[local.Format("01-02")] && !out[local.Format(time.DateOnly)] {
				want = append(want, run)
			}
		}
		if diff := cmp.Diff(want, walk(s, after, until)); diff != "" {
			t.Fatalf("%v after %v (-want +got):\n%s", s, after, diff)
		}
		if diff := cmp.Diff(spanOf(want), s.Span(after, until)); diff != "" {
			t.Fatalf("%v: Span(%v, %v) (-want +got):\n%s", s, after, until, diff)
		}
	})
}

// An interval keeps its grid through excluded days, and a clocked schedule on one is never due.
func TestExceptOverIntervalAndClocked(t *testing.T) {
	t.Parallel()
	zones := loadZones(t)
	excluded := days(t, "@holidays 2026-03-08 2026-03-28..2026-03-30 11-01 10-25 2027-01-01")
	rapid.Check(t, func(t *rapid.T) {
		zone := zones[rapid.SampledFrom(zoneNames()).Draw(t, "zone")]
		after := instant2(schedule.Uniform(t, "after", 1767225600, 1900000000))
		every, err := schedule.NewInterval(rapid.Int64Range(1, 90).Draw(t, "every"),
			rapid.SampledFrom([]string{"minutes", "hours", "days"}).Draw(t, "period"))
		if err != nil {
			t.Fatal(err)
		}
		clocked, err := schedule.NewClocked(after.Add(time.Duration(schedule.Uniform(t, "clocked", -1000, 10000)) * time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		until := after.Add(time.Duration(rapid.Int64Range(0, 2000).Draw(t, "n")) * every.Every())
		for _, of := range []schedule.Schedule{every, clocked} {
			s := schedule.NewExcept(of, excluded, zone)
			want := []time.Time{}
			for _, run := range walk(of, after, until) {
				if !onHoliday(run.In(zone.Location())) {
					want = append(want, run)
				}
			}
			if diff := cmp.Diff(want, walk(s, after, until)); diff != "" {
				t.Fatalf("%v after %v (-want +got):\n%s", s, after, diff)
			}
			if diff := cmp.Diff(spanOf(want), s.Span(after, until)); diff != "" {
				t.Fatalf("%v: Span(%v, %v) (-want +got):\n%s", s, after, until, diff)
			}
		}
	})
}

// onHoliday tells whether a local time is on one of the days that TestExceptOverIntervalAndClocked excludes.
func onHoliday(local time.Time) bool {
	switch local.Format("01-02") {
	case "12-25", "12-26", "11-01", "10-25":
		return true
	}
	switch local.Format(time.DateOnly) {
	case "2026-03-08", "2026-03-28", "2026-03-29", "2026-03-30", "2027-01-01":
		return true
	}
	return false
}

func instant2(unix int64) time.Time { return time.Unix(unix, 0).UTC() }

func spanOf(runs []time.Time) schedule.Span {
	if len(runs) == 0 {
		return schedule.Span{}
	}
	return schedule.Span{First: runs[0], Last: runs[len(runs)-1], Count: int64(len(runs))}
}

func FuzzParseDays(f *testing.F) {
	for _, text := range []string{"2026-12-25", "12-25", "2026-12-24..2027-01-02", "@holidays", ", ,"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := schedule.ParseDays("exclude", text, nil)
		if err != nil {
			return
		}
		again, err := schedule.ParseDays("exclude", d.String(), nil)
		if err != nil || again.String() != d.String() {
			t.Fatalf("%q: %q, then %q, %v", text, d, again, err)
		}
	})
}
