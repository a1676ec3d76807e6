package kinds_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
)

func specs() map[string]schedule.Spec {
	return map[string]schedule.Spec{
		"crontab":           {Kind: schedule.KindCrontab, Minute: "0", Hour: "4"},
		"crontab with zone": {Kind: schedule.KindCrontab, Minute: "0", Hour: "4", Timezone: "UTC"},
		"interval":          {Kind: schedule.KindInterval, Every: 10, Period: "seconds"},
		"clocked":           {Kind: schedule.KindClocked, Clocked: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)},
		"cron":              {Kind: schedule.KindCron, Expression: "0 4 * * *"},
		"cron with zone":    {Kind: schedule.KindCron, Expression: "0 4 * * *", Timezone: "UTC"},
		"cron with CRON_TZ": {Kind: schedule.KindCron, Expression: "CRON_TZ=Asia/Tokyo 0 4 * * *", Timezone: "UTC"},
		"rrule":             {Kind: schedule.KindRRule, Expression: "DTSTART:20250101T040000\nRRULE:FREQ=DAILY"},
		"macro":             {Kind: schedule.KindCrontab, Expression: "@monthly", Timezone: "UTC"},
		"relative":          {Kind: schedule.KindInterval, Every: 1, Period: "days", Relative: true},
		"excluded days":     {Kind: schedule.KindCrontab, Minute: "0", Hour: "4", Exclude: "01-01 @holidays"},
		"excluded interval": {Kind: schedule.KindInterval, Every: 1, Period: "hours", Exclude: "2026-01-01", Timezone: "Asia/Tokyo"},
	}
}

// calendars knows one, with 2 January of each year.
func calendars(name string) (schedule.Days, bool) {
	days, err := schedule.ParseDays("holidays", "01-02", nil)
	return days, err == nil && name == "holidays"
}

func TestCompile(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	after := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, want := range map[string]string{
		"crontab":           "2026-01-01T03:00:00Z",
		"crontab with zone": "2026-01-01T04:00:00Z",
		"interval":          "2026-01-01T00:00:10Z",
		"clocked":           "2026-05-01T00:00:00Z",
		"cron":              "2026-01-01T03:00:00Z",
		"cron with zone":    "2026-01-01T04:00:00Z",
		"cron with CRON_TZ": "2026-01-01T19:00:00Z",
		"rrule":             "2026-01-01T03:00:00Z",
		"macro":             "2026-02-01T00:00:00Z",
		"relative":          "2026-01-01T23:00:00Z",
		"excluded days":     "2026-01-03T03:00:00Z",
		"excluded interval": "2026-01-01T15:00:00Z",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := kinds.NewCompiler(berlin, calendars).Compile(specs()[name])
			if err != nil {
				t.Fatal(err)
			}
			got, ok := s.Next(after)
			if !ok || got.Format(time.RFC3339) != want {
				t.Errorf("got %v, %v, want %s", got, ok, want)
			}
			if _, ok := s.(schedule.Spanner); !ok && name != "rrule" {
				t.Errorf("%T is no Spanner", s)
			}
		})
	}
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		spec schedule.Spec
		want string
	}{
		{"no kind", schedule.Spec{}, `kind: "" is not one of crontab, interval, solar, clocked, cron, rrule`},
		{"unknown kind", schedule.Spec{Kind: "lunar"}, `kind: "lunar" is not one of crontab, interval, solar, clocked, cron, rrule`},
		{
			"unknown zone",
			schedule.Spec{Kind: schedule.KindCrontab, Timezone: "Mars/Olympus"},
			`timezone: "Mars/Olympus" is not a known time zone, an IANA name such as UTC or Europe/Berlin is wanted`,
		},
		{
			"machine's zone",
			schedule.Spec{Kind: schedule.KindCrontab, Timezone: "Local"},
			`timezone: "Local" is not a known time zone, an IANA name such as UTC or Europe/Berlin is wanted`,
		},
		{
			"zone outside",
			schedule.Spec{Kind: schedule.KindCron, Expression: "@daily", Timezone: "../passwd"},
			`timezone: "../passwd" is not a known time zone, an IANA name such as UTC or Europe/Berlin is wanted`,
		},
		{"crontab", schedule.Spec{Kind: schedule.KindCrontab, DayOfWeek: "8"}, `day_of_week: "8" is out of range 0-7`},
		{
			"excluded days",
			schedule.Spec{Kind: schedule.KindCrontab, Exclude: "12-25,@birthdays"},
			`exclude: "@birthdays" is no calendar of the setting calendars`,
		},
		{
			"zone of a relative interval",
			schedule.Spec{Kind: schedule.KindInterval, Every: 1, Period: "days", Relative: true, Timezone: "Mars/Olympus"},
			`timezone: "Mars/Olympus" is not a known time zone, an IANA name such as UTC or Europe/Berlin is wanted`,
		},
		{
			"latitude",
			schedule.Spec{Kind: schedule.KindSolar, Event: "sunset"},
			`latitude: "" is missing, a number of degrees is wanted`,
		},
		{
			"interval",
			schedule.Spec{Kind: schedule.KindInterval, Period: "days"},
			`every: "0" is out of range 1-106751 for days`,
		},
		{
			"clocked",
			schedule.Spec{Kind: schedule.KindClocked},
			`clocked_time: "" is missing, an instant such as 2030-01-02T03:04:05Z is wanted`,
		},
		{
			"cron",
			schedule.Spec{Kind: schedule.KindCron},
			`expression: "" is empty, an expression such as "0 4 * * *" is wanted`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := kinds.NewCompiler(nil, nil).Compile(tt.spec)
			if _, ok := errors.AsType[*schedule.FieldError](err); !ok || s != nil || err.Error() != tt.want {
				t.Errorf("got  %v, %v\nwant %s", s, err, tt.want)
			}
		})
	}
}

// Many rows with few schedules share them, from any goroutine.
func TestCompilerShares(t *testing.T) {
	t.Parallel()
	c := kinds.NewCompiler(time.UTC, calendars)
	var compiled [8]schedule.Schedule
	var group sync.WaitGroup
	for i := range compiled {
		group.Go(func() {
			for name := range specs() {
				if _, err := c.Compile(specs()[name]); err != nil {
					t.Error(err)
				}
			}
			s, err := c.Compile(specs()["crontab"])
			if err != nil {
				t.Error(err)
			}
			compiled[i] = s
		})
	}
	group.Wait()
	for i, s := range compiled {
		if s != compiled[0] {
			t.Errorf("schedule %d is another one", i)
		}
	}
	other, err := c.Compile(schedule.Spec{Kind: schedule.KindCrontab, Minute: "1", Hour: "4"})
	if err != nil || other == compiled[0] {
		t.Errorf("another crontab got the same schedule, error %v", err)
	}
}

// Schedules that come and go must not fill the memory, nor be lost.
func TestCompilerIsBounded(t *testing.T) {
	t.Parallel()
	c := kinds.NewCompiler(time.UTC, nil)
	for i := range int64(70_000) {
		s, err := c.Compile(schedule.Spec{Kind: schedule.KindInterval, Every: i + 1, Period: "seconds"})
		if err != nil || s.String() != "every "+(time.Duration(i+1)*time.Second).String() {
			t.Fatalf("interval %d is %v, %v", i, s, err)
		}
	}
}

func BenchmarkCompileShared(b *testing.B) {
	c := kinds.NewCompiler(time.UTC, nil)
	spec := specs()["crontab with zone"]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Compile(spec); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleCompiler_Compile() {
	c := kinds.NewCompiler(time.UTC, nil)
	s, err := c.Compile(schedule.Spec{Kind: schedule.KindCrontab, Minute: "*/15", Timezone: "Asia/Kolkata"})
	if err != nil {
		fmt.Println(err)
		return
	}
	next, _ := s.Next(time.Date(2026, 1, 1, 12, 7, 0, 0, time.UTC))
	fmt.Println(s, next)
	// Output: */15 * * * * (Asia/Kolkata) 2026-01-01 12:15:00 +0000 UTC
}

func ExampleCompiler() {
	_, err := kinds.NewCompiler(time.UTC, nil).Compile(schedule.Spec{Kind: schedule.KindInterval, Every: 5, Period: "fortnights"})
	fmt.Println(err)
	// Output: period: "fortnights" is not one of microseconds, seconds, minutes, hours, days
}
