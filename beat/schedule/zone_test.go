package schedule

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The table of a zone must say what the time package says, and eras must follow one another without a seam.
func TestZoneTable(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"UTC", "America/New_York", "Europe/Dublin", "Africa/Casablanca", "Australia/Lord_Howe", "Pacific/Apia",
		"Antarctica/Troll", "Asia/Kathmandu", "America/Nuuk", "Africa/Monrovia",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			loc, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			z := NewZone(loc)
			rapid.Check(t, func(t *rapid.T) {
				unix := Uniform(t, "unix", -5000000000, 8000000000) // 1811 to 2223
				e := z.at(unix)
				if found := z.find(unix); found != e {
					t.Fatalf("at(%d) = %+v, the time package says %+v", unix, e, found)
				}
				if unix < e.start || unix >= e.end || e.offset != z.offsetAt(unix) {
					t.Fatalf("at(%d) = %+v", unix, e)
				}
				if e.end == ending {
					return
				}
				if next := z.at(e.end); next.start != e.end || next.before != e.offset || next.offset == e.offset {
					t.Fatalf("%+v is followed by %+v", e, next)
				}
			})
		})
	}
}

// For a year beyond its data, the time package names an end of 31 December that has passed.
func TestZoneLastDayOfLeapYear(t *testing.T) {
	t.Parallel()
	loc, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	z := NewZone(loc)
	e := z.at(time.Date(2104, 12, 31, 12, 0, 0, 0, time.UTC).Unix())
	want := time.Date(2105, 3, 8, 7, 0, 0, 0, time.UTC)
	if got := time.Unix(e.end, 0).UTC(); !got.Equal(want) {
		t.Errorf("the era ends at %v, want %v", got, want)
	}
}

func TestCivil(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := Uniform(t, "day", -800000, 4000000)
		want := time.Unix(n*secondsPerDay, 0).UTC()
		y, m, d := civil(n)
		if y != int64(want.Year()) || m != int(want.Month()) || d != want.Day() || weekday(n) != int(want.Weekday()) {
			t.Fatalf("civil(%d) = %d-%d-%d, weekday %d, want %v", n, y, m, d, weekday(n), want)
		}
		if back := dayNumber(y, m, d); back != n {
			t.Fatalf("dayNumber(%d, %d, %d) = %d, want %d", y, m, d, back, n)
		}
		if got := time.Date(int(y), time.Month(m), daysIn(y, m)+1, 0, 0, 0, 0, time.UTC).Day(); got != 1 {
			t.Fatalf("daysIn(%d, %d) = %d", y, m, daysIn(y, m))
		}
	})
}
