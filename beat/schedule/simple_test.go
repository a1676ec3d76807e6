package schedule_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/beat/schedule"
)

func TestNewIntervalRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		every         int64
		period, field string
	}{
		{0, "seconds", "every"},
		{-5, "seconds", "every"},
		{106752, "days", "every"},
		{math.MaxInt64, "microseconds", "every"},
		{math.MinInt64, "days", "every"},
		{1, "", "period"},
		{1, "weeks", "period"},
		{1, "Seconds", "period"},
	} {
		i, err := schedule.NewInterval(tt.every, tt.period)
		if f, ok := errors.AsType[*schedule.FieldError](err); !ok || f.Field != tt.field {
			t.Errorf("NewInterval(%d, %q) = %v, %v, want an error about %s", tt.every, tt.period, i, err, tt.field)
		}
	}
	if _, err := schedule.NewInterval(106751, "days"); err != nil {
		t.Error(err)
	}
}

// Every three hours is every three hours on the day of a clock change, in any zone.
func TestIntervalSpan(t *testing.T) {
	t.Parallel()
	i, err := schedule.NewInterval(3, "hours")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, after, until string
		want               schedule.Span
	}{
		{"none", "2025-03-09T00:00:00.000002Z", "2025-03-09T03:00:00.000001Z", schedule.Span{}},
		{"one", "2025-03-09T00:00:00.000002Z", "2025-03-09T03:00:00.000002Z", schedule.Span{
			First: instant(t, "2025-03-09T03:00:00.000002Z"), Last: instant(t, "2025-03-09T03:00:00.000002Z"), Count: 1,
		}},
		{"centuries", "0001-01-02T00:00:00Z", "2025-03-09T01:00:00Z", schedule.Span{
			First: instant(t, "0001-01-02T03:00:00Z"), Last: instant(t, "2025-03-09T00:00:00Z"), Count: 5914536,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := i.Span(instant(t, tt.after), instant(t, tt.until))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestClocked(t *testing.T) {
	t.Parallel()
	at := instant(t, "2030-01-02T03:04:05.678901Z")
	c, err := schedule.NewClocked(at.In(time.FixedZone("", 3600)))
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := c.Next(time.Time{}); !ok || got != at {
		t.Errorf("Next(zero) = %v, %v, want %v", got, ok, at)
	}
	if got, ok := c.Next(at); ok {
		t.Errorf("Next(itself) = %v", got)
	}
	want := schedule.Span{First: at, Last: at, Count: 1}
	if got := c.Span(at.Add(-1), at); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := c.Span(at, at.Add(1)); got != (schedule.Span{}) {
		t.Errorf("after it: got %v", got)
	}
	if got := c.Span(time.Time{}, at.Add(-1)); got != (schedule.Span{}) {
		t.Errorf("before it: got %v", got)
	}
	if got := c.String(); got != "at 2030-01-02T03:04:05.678901Z" {
		t.Errorf("got %q", got)
	}
	for _, bad := range []time.Time{{}, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if _, err := schedule.NewClocked(bad); err == nil {
			t.Errorf("%v is accepted", bad)
		}
	}
}

// stuck never gets later.
type stuck struct{}

func (stuck) Next(after time.Time) (time.Time, bool) { return after, true }
func (stuck) String() string                         { return "stuck" }

func TestOfIsBounded(t *testing.T) {
	t.Parallel()
	after := instant(t, "2030-01-01T00:00:00Z")
	if got := schedule.Of(stuck{}, after, after.AddDate(1, 0, 0)); got != (schedule.Span{}) {
		t.Errorf("stuck: got %v", got)
	}
	i, err := schedule.NewInterval(1, "microseconds")
	if err != nil {
		t.Fatal(err)
	}
	got := schedule.Of(plain{i}, after, after.AddDate(1, 0, 0))
	if got.Count != schedule.Enumerated || got.Last != after.Add(schedule.Enumerated*time.Microsecond) {
		t.Errorf("without Span: got %v", got)
	}
	if got := schedule.Of(i, after, after.AddDate(0, 0, 1)).Count; got != 86400e6 {
		t.Errorf("with Span: got %d", got)
	}
}

func FuzzInterval(f *testing.F) {
	f.Add(int64(10), "seconds", int64(1767225600), int64(123456789), true)
	f.Add(int64(1), "microseconds", int64(-62135596800), int64(0), false)
	f.Add(int64(106751), "days", int64(253402300799), int64(999999999), true)
	zone := zoneOf(f, "Australia/Lord_Howe")
	f.Fuzz(func(t *testing.T, every int64, period string, unix, nano int64, relative bool) {
		i, err := schedule.NewInterval(every, period)
		if err != nil {
			if _, ok := errors.AsType[*schedule.FieldError](err); !ok {
				t.Fatalf("%v is no FieldError", err)
			}
			return
		}
		var s schedule.Schedule = i
		if relative {
			s = schedule.NewRelative(i, zone)
		}
		after := time.Unix(unix%(1<<40), nano)
		next, ok := s.Next(after)
		if ok && !next.After(after) {
			t.Fatalf("%v: Next(%v) = %v", s, after, next)
		}
		if span := i.Span(after, next); !relative && ok && (span.Count != 1 || !span.First.Equal(next)) {
			t.Fatalf("%v: Next(%v) = %v, Span %+v", s, after, next, span)
		}
	})
}
