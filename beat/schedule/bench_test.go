package schedule_test

import (
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
)

func BenchmarkCrontabNext(b *testing.B) {
	const usual, beyond = "2026-05-04T12:34:56Z", "2150-05-04T12:34:56Z"
	for _, bm := range []struct{ name, fields, zone, after string }{
		{"minute/UTC", "* * * * *", "UTC", usual},
		{"typical/UTC", "*/5 8-17 * * mon-fri", "UTC", usual},
		{"typical/Berlin", "*/5 8-17 * * mon-fri", "Europe/Berlin", usual},
		{"daily/NewYork", "0 4 * * *", "America/New_York", usual},
		{"monthly/NewYork", "0 0 1 * *", "America/New_York", usual},
		{"yearly/Berlin", "0 0 1 1 *", "Europe/Berlin", usual},
		{"gap/NewYork", "*/20 2 * * *", "America/New_York", "2026-03-08T06:59:00Z"},
		{"repeated hour/NewYork", "*/10 * * * *", "America/New_York", "2026-11-01T05:50:00Z"},
		{"leap day/Berlin", "0 0 29 2 *", "Europe/Berlin", usual},
		{"leap Monday/Berlin", "0 0 29 2 mon", "Europe/Berlin", usual},
		{"leap Monday over 2100/Berlin", "0 0 29 2 mon", "Europe/Berlin", "2073-05-04T12:34:56Z"},
		{"beyond the table/Berlin", "*/5 * * * *", "Europe/Berlin", beyond},
		{"leap Monday beyond the table/Berlin", "0 0 29 2 mon", "Europe/Berlin", beyond},
		{"never/Berlin", "0 0 30 2 *", "Europe/Berlin", usual},
	} {
		b.Run(bm.name, func(b *testing.B) {
			spec, err := schedule.ParseCrontab(bm.fields)
			if err != nil {
				b.Fatal(err)
			}
			c, err := schedule.NewCrontab(spec, zoneOf(b, bm.zone))
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
	spec := schedule.Spec{Minute: "*/5", Hour: "8-17", DayOfWeek: "mon-fri"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := schedule.NewCrontab(spec, zone); err != nil {
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

// Next allocates nothing, however many schedules there are.
func TestNextAllocatesNothing(t *testing.T) {
	every, err := schedule.NewInterval(10, "seconds")
	if err != nil {
		t.Fatal(err)
	}
	sunset := solar(t, "sunset", 52.52, 13.4)
	plain := crontab(t, schedule.Spec{Minute: "*/5", Hour: "8-17", DayOfWeek: "mon-fri"}, "Europe/Berlin")
	for _, s := range []schedule.Schedule{
		plain, every, sunset, schedule.NewRelative(every, zoneOf(t, "Europe/Berlin")),
		solar(t, "sunrise", 89.8, 50.9), solar(t, "dusk_nautical", -77.8, 166.7), solar(t, "solar_noon", 90, 0),
		crontab(t, schedule.Spec{Minute: "0", Hour: "9", DayOfMonth: "LW", DST: "both"}, "America/New_York"),
		schedule.NewExcept(plain, days(t, "@holidays"), zoneOf(t, "Europe/Berlin")),
	} {
		at := instant(t, "2026-05-04T12:34:56Z")
		if n := testing.AllocsPerRun(100, func() { at, _ = s.Next(at) }); n != 0 {
			t.Errorf("%v: %v allocations", s, n)
		}
	}
}
