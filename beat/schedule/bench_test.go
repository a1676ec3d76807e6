package schedule_test

import (
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
)

func BenchmarkCrontabNext(b *testing.B) {
	for _, bm := range []struct {
		name  string
		spec  schedule.Spec
		zone  string
		after string
	}{
		{"minute/UTC", schedule.Spec{}, "UTC", "2026-05-04T12:34:56Z"},
		{"typical/UTC", schedule.Spec{Minute: "*/5", Hour: "8-17", DayOfWeek: "mon-fri"}, "UTC", "2026-05-04T12:34:56Z"},
		{"typical/Berlin", schedule.Spec{Minute: "*/5", Hour: "8-17", DayOfWeek: "mon-fri"}, "Europe/Berlin", "2026-05-04T12:34:56Z"},
		{"second/NewYork", schedule.Spec{Second: "*/10"}, "America/New_York", "2026-05-04T12:34:56Z"},
		{"daily/NewYork", schedule.Spec{Minute: "0", Hour: "4"}, "America/New_York", "2026-05-04T12:34:56Z"},
		{"monthly/NewYork", schedule.Spec{Minute: "0", Hour: "0", DayOfMonth: "1"}, "America/New_York", "2026-05-04T12:34:56Z"},
		{"yearly/Berlin", schedule.Spec{Minute: "0", Hour: "0", DayOfMonth: "1", MonthOfYear: "1"}, "Europe/Berlin", "2026-05-04T12:34:56Z"},
		{"clock change/NewYork", schedule.Spec{Minute: "*/20", Hour: "2"}, "America/New_York", "2026-03-08T06:59:00Z"},
		{"repeated hour/NewYork", schedule.Spec{Minute: "*/10"}, "America/New_York", "2026-11-01T05:50:00Z"},
		{"leap day/Berlin", schedule.Spec{Minute: "0", Hour: "0", DayOfMonth: "29", MonthOfYear: "2"}, "Europe/Berlin", "2026-05-04T12:34:56Z"},
		{"leap Monday/Berlin", schedule.Spec{Minute: "0", Hour: "0", DayOfMonth: "29", MonthOfYear: "2", DayOfWeek: "mon"}, "Europe/Berlin", "2026-05-04T12:34:56Z"},
		{"leap day over 2100/Berlin", schedule.Spec{Minute: "0", Hour: "0", DayOfMonth: "29", MonthOfYear: "2", DayOfWeek: "mon"}, "Europe/Berlin", "2073-05-04T12:34:56Z"},
		{"typical beyond the table/Berlin", schedule.Spec{Minute: "*/5"}, "Europe/Berlin", "2150-05-04T12:34:56Z"},
		{"never/Berlin", schedule.Spec{DayOfMonth: "30", MonthOfYear: "2"}, "Europe/Berlin", "2026-05-04T12:34:56Z"},
	} {
		b.Run(bm.name, func(b *testing.B) {
			c, err := schedule.NewCrontab(bm.spec, zoneOf(b, bm.zone))
			if err != nil {
				b.Fatal(err)
			}
			after := instant(b, bm.after)
			b.ReportAllocs()
			for b.Loop() {
				c.Next(after)
			}
		})
	}
}

// BenchmarkCrontabNextWalk goes through different instants, so that no branch is always the same.
func BenchmarkCrontabNextWalk(b *testing.B) {
	spec := schedule.Spec{Minute: "7,22,37,52", Hour: "6-20", DayOfWeek: "mon-sat"}
	c, err := schedule.NewCrontab(spec, zoneOf(b, "America/New_York"))
	if err != nil {
		b.Fatal(err)
	}
	start := instant(b, "2026-01-01T00:00:00Z")
	at := start
	b.ReportAllocs()
	for b.Loop() {
		var ok bool
		if at, ok = c.Next(at); !ok || at.Year() > 2090 {
			at = start
		}
	}
}

func BenchmarkCrontabSpanYear(b *testing.B) {
	c, err := schedule.NewCrontab(schedule.Spec{}, zoneOf(b, "Europe/Berlin"))
	if err != nil {
		b.Fatal(err)
	}
	after, until := instant(b, "2025-05-04T12:34:56Z"), instant(b, "2026-05-04T12:34:56Z")
	b.ReportAllocs()
	for b.Loop() {
		c.Span(after, until)
	}
}

func BenchmarkNewCrontab(b *testing.B) {
	zone := zoneOf(b, "Europe/Berlin")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := schedule.NewCrontab(schedule.Spec{Minute: "*/5", Hour: "8-17", DayOfWeek: "mon-fri"}, zone); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewZone(b *testing.B) {
	loc := zoneOf(b, "Europe/Berlin").Location()
	b.ReportAllocs()
	for b.Loop() {
		schedule.NewZone(loc)
	}
}

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
