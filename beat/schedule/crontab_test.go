package schedule_test

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
)

func TestCrontabNext(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, fields, second, zone, after string
		want                              []string
	}{
		{
			"leap day on a Monday", "0 0 29 2 mon", "", "UTC", "2024-03-01T00:00:00Z",
			[]string{"2044-02-29T00:00:00Z", "2072-02-29T00:00:00Z", "2112-02-29T00:00:00Z"},
		},
		{
			"day 31", "0 0 31 * *", "", "UTC", "2025-01-31T00:00:00Z",
			[]string{"2025-03-31T00:00:00Z", "2025-05-31T00:00:00Z", "2025-07-31T00:00:00Z", "2025-08-31T00:00:00Z"},
		},
		{"30 February", "0 0 30 2 *", "", "UTC", "2025-01-01T00:00:00Z", nil},
		{"31 of short months", "0 0 31 2,4,6,9,11 *", "", "Europe/Berlin", "2025-01-01T00:00:00Z", nil},
		{
			"Friday the 13th", "0 0 13 * fri", "", "UTC", "2026-01-01T00:00:00Z",
			[]string{"2026-02-13T00:00:00Z", "2026-03-13T00:00:00Z", "2026-11-13T00:00:00Z"},
		},
		{"a nanosecond before", "0 4 * * *", "", "UTC", "2026-01-01T03:59:59.999999999Z", []string{"2026-01-01T04:00:00Z"}},
		{
			"seconds", "59 23 * * *", "*/30", "UTC", "2026-01-01T23:59:00Z",
			[]string{"2026-01-01T23:59:30Z", "2026-01-02T23:59:00Z"},
		},
		{"the zero time", "0 0 1 1 *", "", "UTC", "0001-01-01T00:00:00Z", []string{"0002-01-01T00:00:00Z"}},
		{"the end of time", "0 0 1 1 *", "", "UTC", "9998-06-01T00:00:00Z", []string{"9999-01-01T00:00:00Z", ""}},
		{"far in summer time", "0 12 * * *", "", "Europe/Berlin", "2500-07-01T12:00:00Z", []string{"2500-07-02T10:00:00Z"}},

		{
			"gap", "30 2 * * *", "", "America/New_York", "2025-03-08T08:00:00Z",
			[]string{"2025-03-09T07:30:00Z", "2025-03-10T06:30:00Z"},
		},
		{
			"one run in a gap", "*/20 2 * * *", "", "America/New_York", "2025-03-09T06:59:00Z",
			[]string{"2025-03-09T07:00:00Z", "2025-03-10T06:00:00Z"},
		},
		{
			"moved meets regular", "30 2,3 * * *", "", "America/New_York", "2025-03-09T06:00:00Z",
			[]string{"2025-03-09T07:30:00Z", "2025-03-10T06:30:00Z"},
		},
		{
			"half an hour's gap", "20,35 2 * * *", "", "Australia/Lord_Howe", "2025-10-04T15:00:00Z",
			[]string{"2025-10-04T15:35:00Z", "2025-10-04T15:50:00Z", "2025-10-05T15:20:00Z"},
		},
		{
			"within the shadow of a gap", "30 2 * * *", "", "America/New_York", "2025-03-09T07:10:00Z",
			[]string{"2025-03-09T07:30:00Z"},
		},
		{
			"a day skipped", "0 12 * * *", "", "Pacific/Apia", "2011-12-29T23:00:00Z",
			[]string{"2011-12-30T22:00:00Z", "2011-12-31T22:00:00Z"},
		},
		{
			"only the day skipped", "15,45 12 30 12 *", "", "Pacific/Apia", "2011-12-29T23:00:00Z",
			[]string{"2011-12-30T22:15:00Z", "2012-12-29T22:15:00Z"},
		},
		{
			"seconds in a gap", "30 2 * * *", "10,20", "America/New_York", "2025-03-09T06:00:00Z",
			[]string{"2025-03-09T07:30:10Z", "2025-03-10T06:30:10Z"},
		},

		{
			"repeated, fixed hour", "30 1 * * *", "", "America/New_York", "2025-11-01T12:00:00Z",
			[]string{"2025-11-02T05:30:00Z", "2025-11-03T06:30:00Z"},
		},
		{
			"repeated, each hour", "0 * * * *", "", "America/New_York", "2025-11-02T04:00:00Z",
			[]string{"2025-11-02T05:00:00Z", "2025-11-02T06:00:00Z", "2025-11-02T07:00:00Z"},
		},
		{
			"second pass only", "30 * 17 2 *", "", "America/Sao_Paulo", "2018-02-18T01:30:00Z",
			[]string{"2018-02-18T02:30:00Z", "2019-02-17T03:30:00Z"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			spec, err := schedule.ParseCrontab(tt.fields)
			if err != nil {
				t.Fatal(err)
			}
			spec.Second = tt.second
			c, err := schedule.NewCrontab(spec, zoneOf(t, tt.zone))
			if err != nil {
				t.Fatal(err)
			}
			if got := texts(c, instant(t, tt.after), max(len(tt.want), 1)); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// texts returns the next n instants as text, "" for the end after some, nothing for never.
func texts(s schedule.Schedule, after time.Time, n int) []string {
	var out []string
	for range n {
		next, ok := s.Next(after)
		if !ok {
			if out != nil {
				out = append(out, "")
			}
			return out
		}
		out = append(out, next.Format(time.RFC3339Nano))
		after = next
	}
	return out
}

// The last run of a span may be one that was moved out of a gap, and the moved run may meet a regular one.
func TestCrontabSpanAtAGap(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fields, after, until, last string
		count                      int64
	}{
		{"30 2 * * *", "2025-03-08T12:00:00Z", "2025-03-09T07:29:59Z", "", 0},
		{"30 2 * * *", "2025-03-07T12:00:00Z", "2025-03-09T07:30:00Z", "2025-03-09T07:30:00Z", 2},
		{"30 2,3 * * *", "2025-03-07T12:00:00Z", "2025-03-09T08:00:00Z", "2025-03-09T07:30:00Z", 3},
		{"30 2 * * *", "2025-03-09T07:30:00Z", "2025-03-10T12:00:00Z", "2025-03-10T06:30:00Z", 1},
		{"30 * * * *", "2025-11-02T05:00:00Z", "2025-11-02T06:45:00Z", "2025-11-02T06:30:00Z", 2},
		{"30 1 * * *", "2025-11-02T05:00:00Z", "2025-11-02T06:45:00Z", "2025-11-02T05:30:00Z", 1},
	} {
		spec, err := schedule.ParseCrontab(tt.fields)
		if err != nil {
			t.Fatal(err)
		}
		c, err := schedule.NewCrontab(spec, zoneOf(t, "America/New_York"))
		if err != nil {
			t.Fatal(err)
		}
		got := c.Span(instant(t, tt.after), instant(t, tt.until))
		if got.Count != tt.count || tt.last != "" && !got.Last.Equal(instant(t, tt.last)) {
			t.Errorf("%v in (%s, %s]: got %+v, want %d until %s", c, tt.after, tt.until, got, tt.count, tt.last)
		}
	}
}

func TestCrontabExtremes(t *testing.T) {
	t.Parallel()
	c, err := schedule.NewCrontab(schedule.Spec{}, zoneOf(t, "America/New_York"))
	if err != nil {
		t.Fatal(err)
	}
	i, err := schedule.NewInterval(1, "microseconds")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []schedule.Schedule{c, i} {
		past, future := time.Unix(math.MinInt64/2, 0), time.Unix(math.MaxInt64/2, 0)
		if next, ok := s.Next(past); !ok || next.Year() > 1 {
			t.Errorf("%v: Next(far past) = %v, %v", s, next, ok)
		}
		if next, ok := s.Next(future); ok {
			t.Errorf("%v: Next(far future) = %v", s, next)
		}
		if all := schedule.Of(s, past, future); all.Last.Year() != 9999 || all.Count < 5e9 {
			t.Errorf("%v: everything is %+v", s, all)
		}
		if none := schedule.Of(s, future, past); none != (schedule.Span{}) {
			t.Errorf("%v: backwards is %+v", s, none)
		}
	}
}

func TestCrontabString(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		spec schedule.Spec
		want string
	}{
		{schedule.Spec{}, "* * * * * (Europe/Berlin)"},
		{schedule.Spec{Second: "*/10", Minute: "[0, 30]", DayOfWeek: "mon"}, "*/10 [0,30] * * * mon (Europe/Berlin)"},
	} {
		c, err := schedule.NewCrontab(tt.spec, zoneOf(t, "Europe/Berlin"))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestBitsRefusesAnEmptyField(t *testing.T) {
	t.Parallel()
	b := schedule.Bits{Second: 1, Minute: 1, Hour: 1 << 24, DayOfMonth: 2, Month: 2, DayOfWeek: 1}
	_, err := b.Crontab("", schedule.NewZone(nil))
	if f, ok := errors.AsType[*schedule.FieldError](err); !ok || f.Field != "hour" {
		t.Errorf("got %v, want an error about the hour", err)
	}
}

// Next and Span must not allocate: a million rows ask them.
func TestCrontabAllocatesNothing(t *testing.T) {
	zone := zoneOf(t, "Europe/Berlin")
	c, err := schedule.NewCrontab(schedule.Spec{Minute: "*/5", DayOfMonth: "29", MonthOfYear: "2", DayOfWeek: "mon"}, zone)
	if err != nil {
		t.Fatal(err)
	}
	after := time.Date(2073, 1, 1, 0, 0, 0, 0, time.UTC)
	until := after.AddDate(50, 0, 0)
	if n := testing.AllocsPerRun(100, func() { c.Next(after); c.Span(after, until) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
