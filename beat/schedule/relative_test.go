package schedule_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/scheduletest"
)

func TestRelative(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		every  int64
		period string
		zone   string
		after  string
		want   []string
	}{
		{
			"90 minutes are due each hour", 90, "minutes", "UTC", "2026-05-04T10:30:00Z",
			[]string{"2026-05-04T12:00:00Z", "2026-05-04T13:00:00Z", "2026-05-04T14:00:00Z"},
		},
		{
			"days begin at midnight of the zone", 1, "days", "Asia/Kolkata", "2026-05-04T10:30:00.5Z",
			[]string{"2026-05-04T18:30:00Z", "2026-05-05T18:30:00Z"},
		},
		{
			"below a second: each second", 1, "microseconds", "UTC", "2026-05-04T10:30:00.5Z",
			[]string{"2026-05-04T10:30:01Z", "2026-05-04T10:30:02Z"},
		},
		{
			"a day of 25 hours: Celery would be due at the midnight before, again and again", 1, "days", "America/New_York",
			"2026-11-01T04:00:00Z",
			[]string{"2026-11-02T05:00:00Z", "2026-11-03T05:00:00Z"},
		},
		{
			"a day of 23 hours", 1, "days", "America/New_York", "2026-03-08T05:00:00Z",
			[]string{"2026-03-09T04:00:00Z", "2026-03-10T04:00:00Z"},
		},
		{
			"a midnight that comes twice", 1, "days", "America/Havana", "2007-10-27T04:00:00Z",
			[]string{"2007-10-28T04:00:00Z", "2007-10-29T05:00:00Z"},
		},
		{
			"minutes in the second pass", 30, "minutes", "America/New_York", "2026-11-01T06:05:30Z",
			[]string{"2026-11-01T06:35:00Z", "2026-11-01T07:05:00Z"},
		},
		{
			"a midnight that the clocks skip", 1, "days", "America/Sao_Paulo", "2018-11-03T03:00:00Z",
			[]string{"2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			every, err := schedule.NewInterval(tt.every, tt.period)
			if err != nil {
				t.Fatal(err)
			}
			got := texts(schedule.NewRelative(every, zoneOf(t, tt.zone)), instant(t, tt.after), len(tt.want))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Each instant is the beginning of a unit on the wall clock, later than the one asked from, and no further away than
// the period and one unit of the longest kind; Span agrees with walking.
func TestRelativeLaws(t *testing.T) {
	t.Parallel()
	zones := loadZones(t)
	rapid.Check(t, func(t *rapid.T) {
		zone := zones[rapid.SampledFrom(zoneNames()).Draw(t, "zone")]
		period := rapid.SampledFrom([]string{"microseconds", "seconds", "minutes", "hours", "days"}).Draw(t, "period")
		every, err := schedule.NewInterval(rapid.Int64Range(1, 400).Draw(t, "every"), period)
		if err != nil {
			t.Fatal(err)
		}
		s := schedule.NewRelative(every, zone)
		after := drawInstant(t, zone.Location())
		next, ok := s.Next(after)
		if !ok || !next.After(after) || next.Location() != time.UTC {
			t.Fatalf("%v: Next(%v) = %v, %v", s, after, next, ok)
		}
		if again, _ := s.Next(after); !again.Equal(next) {
			t.Fatalf("%v: Next(%v) = %v, then %v", s, after, next, again)
		}
		const longestDay = 48 * time.Hour // Kwajalein and Apia left one out
		if next.Sub(after) > every.Every()+longestDay {
			t.Fatalf("%v: Next(%v) = %v is too late", s, after, next)
		}
		if wall := next.Add(scheduletest.Offset(next.In(zone.Location()))); !beginsUnit(wall, every.Every()) && !inShadowOfGap(next, zone.Location()) {
			t.Fatalf("%v: Next(%v) = %v, which is %v there", s, after, next, next.In(zone.Location()))
		}
		until := after.Add(time.Duration(rapid.Int64Range(0, 50).Draw(t, "n")) * every.Every())
		if diff := cmp.Diff(spanOf(walk(s, after, until)), s.Span(after, until)); diff != "" {
			t.Fatalf("%v: Span(%v, %v) (-want +got):\n%s", s, after, until, diff)
		}
	})
}

// beginsUnit tells whether a wall time is a whole unit of the period.
func beginsUnit(wall time.Time, every time.Duration) bool {
	for _, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute} {
		if every >= unit {
			return wall.Equal(wall.Truncate(unit))
		}
	}
	return wall.Nanosecond() == 0
}

// inShadowOfGap tells whether the clocks were put forward within the day before.
func inShadowOfGap(t time.Time, loc *time.Location) bool {
	start, _ := t.In(loc).ZoneBounds()
	return t.Sub(start) < 25*time.Hour && scheduletest.Offset(start) > scheduletest.Offset(start.Add(-1))
}
