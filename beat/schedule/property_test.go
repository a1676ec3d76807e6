package schedule_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/scheduletest"
)

// zoneNames have changes of an hour, half an hour, two hours and a day, at midnight and elsewhere, in either half of
// the year, by rule and by decree; or none.
func zoneNames() []string {
	return []string{
		"UTC", "America/New_York", "Europe/Berlin", "Europe/Dublin", "Europe/London", "Australia/Lord_Howe",
		"Australia/Sydney", "America/Sao_Paulo", "Pacific/Chatham", "Pacific/Apia", "Pacific/Kwajalein",
		"Antarctica/Troll", "America/Havana", "Asia/Beirut", "Asia/Gaza", "Africa/Casablanca", "Africa/Cairo",
		"America/St_Johns", "America/Santiago", "Asia/Tehran", "Asia/Kathmandu", "Asia/Pyongyang",
		"America/Caracas", "Pacific/Easter", "America/Nuuk",
	}
}

// drawField makes a field with some of its values, all of them half the time.
func drawField(t *rapid.T, label string, lo, hi int) string {
	if rapid.Bool().Draw(t, label+" star") {
		return "*"
	}
	values := rapid.SliceOfN(rapid.IntRange(lo, hi), 1, 5).Draw(t, label)
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = strconv.Itoa(v)
	}
	return strings.Join(texts, ",")
}

func drawSpec(t *rapid.T) schedule.Spec {
	return schedule.Spec{
		Minute:      drawField(t, "minute", 0, 59),
		Hour:        drawField(t, "hour", 0, 23),
		DayOfMonth:  drawField(t, "day_of_month", 1, 31),
		MonthOfYear: drawField(t, "month_of_year", 1, 12),
		DayOfWeek:   drawField(t, "day_of_week", 0, 6),
	}
}

// drawInstant prefers the days around clock changes.
func drawInstant(t *rapid.T, loc *time.Location) time.Time {
	const from, until = 80000000, 3900000000 // 1972 to 2093
	at := time.Unix(schedule.Uniform(t, "unix", from, until), schedule.Uniform(t, "micro", 0, 999999)*1000)
	if start, _ := at.In(loc).ZoneBounds(); start.Unix() > from && rapid.IntRange(0, 4).Draw(t, "near") > 0 {
		at = start.Add(time.Duration(schedule.Uniform(t, "minutes", -3000, 3000)) * time.Minute)
	}
	return at.UTC()
}

func drawCrontab(t *rapid.T, zones map[string]*schedule.Zone) (*schedule.Crontab, schedule.Spec, *time.Location) {
	zone := zones[rapid.SampledFrom(zoneNames()).Draw(t, "zone")]
	spec := drawSpec(t)
	c, err := schedule.NewCrontab(spec, zone)
	if err != nil {
		t.Fatal(err)
	}
	return c, spec, zone.Location()
}

func loadZones(t testing.TB) map[string]*schedule.Zone {
	t.Helper()
	zones := map[string]*schedule.Zone{}
	for _, name := range zoneNames() {
		zones[name] = zoneOf(t, name)
	}
	return zones
}

func TestCrontabLaws(t *testing.T) {
	t.Parallel()
	zones := loadZones(t)
	rapid.Check(t, func(t *rapid.T) {
		_, spec, loc := drawCrontab(t, zones)
		spec.Second = drawField(t, "second", 0, 59)
		c, err := schedule.NewCrontab(spec, zones[loc.String()])
		if err != nil {
			t.Fatal(err)
		}
		a := drawInstant(t, loc)
		checkLaws(t, c, a, schedule.Uniform(t, "later", 1, int64(300*24*time.Hour)))
	})
}

// checkLaws checks what holds for the Next of any schedule of wall-clock times.
func checkLaws(t *rapid.T, s schedule.Schedule, a time.Time, later int64) {
	next, ok := s.Next(a)
	if again, okAgain := s.Next(a); !again.Equal(next) || ok != okAgain {
		t.Fatalf("%v: Next(%v) is %v, then %v", s, a, next, again)
	}
	b := a.Add(time.Duration(later))
	afterB, okB := s.Next(b)
	if !ok {
		if okB {
			t.Fatalf("%v: nothing after %v, but %v after %v", s, a, afterB, b)
		}
		return
	}
	if !next.After(a) || next.Location() != time.UTC {
		t.Fatalf("%v: Next(%v) = %v is not later or not UTC", s, a, next)
	}
	if same, _ := s.Next(next.Add(-1)); !same.Equal(next) {
		t.Fatalf("%v: Next(%v) = %v, but a nanosecond before that it is %v", s, a, next, same)
	}
	if okB && afterB.Before(next) || b.Before(next) && !afterB.Equal(next) {
		t.Fatalf("%v: Next(%v) = %v, Next(%v) = %v", s, a, next, b, afterB)
	}
}

func TestCrontabAgreesWithOracle(t *testing.T) {
	t.Parallel()
	zones := loadZones(t)
	rapid.Check(t, func(t *rapid.T) {
		zone := zones[rapid.SampledFrom(zoneNames()).Draw(t, "zone")]
		spec := drawSpec(t)
		switch rapid.IntRange(0, 2).Draw(t, "days") { // otherwise few windows hold a run
		case 0:
			spec.DayOfMonth, spec.MonthOfYear, spec.DayOfWeek = "*", "*", "*"
		case 1:
			drawPositions(t, &spec)
		}
		spec.DST = drawPolicy(t)
		c, err := schedule.NewCrontab(spec, zone)
		if err != nil {
			t.Fatal(err)
		}
		after := drawInstant(t, zone.Location())
		until := after.Add(100 * time.Hour)
		if scheduletest.Offset(after.In(zone.Location()))%time.Minute != 0 {
			t.Skip("the oracle looks at whole minutes")
		}
		want := newOracle(t, spec, zone.Location()).instants(after, until)
		if diff := cmp.Diff(want, walk(c, after, until)); diff != "" {
			t.Fatalf("%v after %v (-want +got):\n%s", c, after, diff)
		}
	})
}

// drawPositions fills the day fields in the extended grammar, one of them alone so that enough days match.
func drawPositions(t *rapid.T, spec *schedule.Spec) {
	spec.MonthOfYear, spec.DayOfMonth, spec.DayOfWeek = "*", "*", "*"
	if rapid.Bool().Draw(t, "by date") {
		form := rapid.SampledFrom([]string{"L", "LW", "L-1", "L-3", "1W", "15W", "28W", "31W", "1", "15", "31"})
		spec.DayOfMonth = strings.Join(rapid.SliceOfN(form, 1, 5).Draw(t, "dates"), ",")
		return
	}
	form := rapid.SampledFrom([]string{"0L", "5L", "7L", "1#1", "0#1", "6#2", "3#4", "5#5", "2"})
	spec.DayOfWeek = strings.Join(rapid.SliceOfN(form, 1, 5).Draw(t, "weekdays"), ",")
}

func drawPolicy(t *rapid.T) string {
	return rapid.SampledFrom([]string{
		"", "celery", "skip", "once", "both", "move/first", "move/second", "move/both", "move/none", "skip/first",
		"skip/second", "skip/both", "skip/none",
	}).Draw(t, "policy")
}

func walk(s schedule.Schedule, after, until time.Time) []time.Time {
	found := []time.Time{}
	for at, ok := s.Next(after); ok && !at.After(until); at, ok = s.Next(at) {
		found = append(found, at)
	}
	return found
}

func TestSpanIsEnumeration(t *testing.T) {
	t.Parallel()
	zones := loadZones(t)
	rapid.Check(t, func(t *rapid.T) {
		c, _, loc := drawCrontab(t, zones)
		after := drawInstant(t, loc)
		span := rapid.SampledFrom([]time.Duration{time.Hour, 30 * time.Hour, 2000 * time.Hour, 20000 * time.Hour})
		until := after.Add(time.Duration(schedule.Uniform(t, "span", 0, int64(span.Draw(t, "most")))))
		// A schedule without Span is walked through; Of does that up to a limit.
		want := schedule.Of(plain{c}, after, until)
		if want.Count == schedule.Enumerated {
			until = want.Last
		}
		if diff := cmp.Diff(want, c.Span(after, until)); diff != "" {
			t.Fatalf("%v: Span(%v, %v) (-want +got):\n%s", c, after, until, diff)
		}
	})
}

// plain hides all but the methods of Schedule.
type plain struct{ schedule.Schedule }

func TestIntervalLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		period := rapid.SampledFrom([]string{"microseconds", "seconds", "minutes", "hours", "days"}).Draw(t, "period")
		i, err := schedule.NewInterval(rapid.Int64Range(1, 1000).Draw(t, "every"), period)
		if err != nil {
			t.Fatal(err)
		}
		after := drawInstant(t, time.UTC)
		until := after.Add(time.Duration(rapid.Int64Range(-10, 3000).Draw(t, "tenths")) * (i.Every() / 10))
		want := schedule.Of(plain{i}, after, until)
		if diff := cmp.Diff(want, i.Span(after, until)); diff != "" {
			t.Fatalf("%v: Span(%v, %v) (-want +got):\n%s", i, after, until, diff)
		}
		if next, ok := i.Next(after); !ok || next.Sub(after) != i.Every() {
			t.Fatalf("%v: Next(%v) = %v, %v", i, after, next, ok)
		}
	})
}

// A whole year of minutes in each zone, against the oracle.
func TestCrontabYear(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	after := time.Date(2027, 12, 31, 0, 0, 0, 0, time.UTC)
	for _, name := range zoneNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone := zoneOf(t, name)
			c, err := schedule.NewCrontab(schedule.Spec{}, zone)
			if err != nil {
				t.Fatal(err)
			}
			until := after.AddDate(1, 0, 2)
			want := newOracle(t, schedule.Spec{}, zone.Location()).instants(after, until)
			if problem, bad := firstDifference(want, walk(c, after, until)); bad {
				t.Errorf("%v: %s", c, problem)
			}
		})
	}
}

func firstDifference(want, got []time.Time) (string, bool) {
	for i := range min(len(want), len(got)) {
		if !want[i].Equal(got[i]) {
			return fmt.Sprintf("run %d is %v, want %v", i, got[i], want[i]), true
		}
	}
	return fmt.Sprintf("%d runs, want %d", len(got), len(want)), len(want) != len(got)
}
