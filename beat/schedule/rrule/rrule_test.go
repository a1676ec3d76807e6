package rrule_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/rrule"
)

func zone(t testing.TB, name string) *schedule.Zone {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return schedule.NewZone(loc)
}

// find knows the zones of the system, as the compiler of specs does.
func find(name string) (*schedule.Zone, error) {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, &schedule.FieldError{Field: "timezone", Value: name, Problem: "is unknown"}
	}
	return schedule.NewZone(loc), nil
}

func parse(t testing.TB, expression, in string) *rrule.Schedule {
	t.Helper()
	s, err := rrule.Parse(expression, zone(t, in), find)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAgreesWithDateutil(t *testing.T) {
	t.Parallel()
	f, err := os.Open(filepath.Join("testdata", "rrule.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for lines := bufio.NewScanner(r); lines.Scan(); n++ {
		var row struct {
			Expression, Zone string
			After            time.Time
			Next             []time.Time
			Ended            bool
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		s, err := rrule.Parse(row.Expression, zone(t, row.Zone), find)
		if err != nil {
			t.Errorf("%s: %v", row.Expression, err)
			continue
		}
		at := row.After
		for i, want := range row.Next {
			got, ok := s.Next(at)
			if !ok || !got.Equal(want) {
				t.Errorf("%s in %s: instant %d after %v: got %v, %v, want %v", row.Expression, row.Zone, i, at, got, ok, want)
				break
			}
			at = got
		}
		if row.Ended {
			if got, ok := s.Next(at); ok && got.Year() < 9999 && len(row.Next) > 0 {
				t.Errorf("%s: got %v after the end", row.Expression, got)
			}
		}
	}
	t.Logf("%d cases", n)
	if n < 500 {
		t.Errorf("only %d cases", n)
	}
}

func TestExpressions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, expression, zone, after string
		want                          []string
	}{
		{
			"without a beginning it runs at midnight", "FREQ=DAILY", "Europe/Berlin", "2026-01-01T12:00:00Z",
			[]string{"2026-01-01T23:00:00Z", "2026-01-02T23:00:00Z"},
		},
		{
			"every second week counts from January 1970", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "UTC", "2026-01-01T00:00:00Z",
			[]string{"2026-01-05T00:00:00Z", "2026-01-19T00:00:00Z"},
		},
		{
			"the zone of DTSTART wins", "DTSTART;TZID=America/New_York:20260101T090000\nRRULE:FREQ=DAILY;COUNT=2", "UTC",
			"2026-01-01T00:00:00Z",
			[]string{"2026-01-01T14:00:00Z", "2026-01-02T14:00:00Z"},
		},
		{
			"UTC wins", "DTSTART:20260101T090000Z\nRRULE:FREQ=DAILY;COUNT=2", "Asia/Tokyo", "2026-01-01T00:00:00Z",
			[]string{"2026-01-01T09:00:00Z", "2026-01-02T09:00:00Z"},
		},
		{
			"UNTIL in UTC is an instant", "DTSTART;TZID=Asia/Tokyo:20260101T090000\nRRULE:FREQ=DAILY;UNTIL=20260102T000000Z",
			"UTC", "2025-12-31T00:00:00Z",
			[]string{"2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"},
		},
		{
			"dates beside a rule and dates left out",
			"DTSTART:20260101T000000\nRRULE:FREQ=DAILY;COUNT=3\nRDATE:20260110T120000\nEXDATE:20260102T000000", "UTC",
			"2025-12-31T00:00:00Z",
			[]string{"2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-10T12:00:00Z"},
		},
		{
			"several rules", "RRULE:FREQ=DAILY;BYHOUR=6\nRRULE:FREQ=DAILY;BYHOUR=18", "UTC", "2026-01-01T12:00:00Z",
			[]string{"2026-01-01T18:00:00Z", "2026-01-02T06:00:00Z"},
		},
		{
			"a skipped time is moved", "FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "America/New_York", "2026-03-07T12:00:00Z",
			[]string{"2026-03-08T07:30:00Z", "2026-03-09T06:30:00Z"},
		},
		{
			"a moved time lies behind a regular one", "FREQ=DAILY;BYHOUR=2,3;BYMINUTE=15", "America/New_York",
			"2026-03-08T05:00:00Z",
			[]string{"2026-03-08T07:15:00Z", "2026-03-09T06:15:00Z"},
		},
		{
			"a repeated time runs once by the day", "FREQ=DAILY;BYHOUR=1;BYMINUTE=30", "America/New_York",
			"2026-11-01T04:00:00Z",
			[]string{"2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"},
		},
		{
			"and twice by the clock", "FREQ=MINUTELY;INTERVAL=30", "America/New_York", "2026-11-01T05:00:00Z",
			[]string{"2026-11-01T05:30:00Z", "2026-11-01T06:00:00Z", "2026-11-01T06:30:00Z", "2026-11-01T07:00:00Z"},
		},
		{
			"29 February on a Monday", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", "UTC", "2024-03-01T00:00:00Z",
			[]string{"2044-02-29T00:00:00Z", "2072-02-29T00:00:00Z"},
		},
		{"30 February", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "UTC", "2024-03-01T00:00:00Z", nil},
		{"30 February by the second", "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "UTC", "2024-03-01T00:00:00Z", nil},
		{
			"RedBeat's words and day objects",
			`{"__type__": "rrule", "freq": "weekly", "byweekday": [{"__type__": "weekday", "wkday": 2}], "dtstart": 1767258000, "dtstart_tz": 60}`,
			"UTC", "2026-01-01T00:00:00Z",
			[]string{"2026-01-07T09:00:00Z", "2026-01-14T09:00:00Z"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := parse(t, tt.expression, tt.zone)
			at, err := time.Parse(time.RFC3339, tt.after)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for range max(1, len(tt.want)) {
				next, ok := s.Next(at)
				if !ok {
					break
				}
				got = append(got, next.Format(time.RFC3339))
				at = next
			}
			if strings.Join(got, " ") != strings.Join(tt.want, " ") {
				t.Errorf("%v\n got %v\nwant %v", s, got, tt.want)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ expression, problem string }{
		{"", "is empty"},
		{"FREQ=FORTNIGHTLY", "undefined frequency: FORTNIGHTLY"},
		{"BYHOUR=9", "FREQ is required"},
		{"FREQ=DAILY;BYHOUR=24", "byhour must be between 0 and 23"},
		{"FREQ=DAILY;COUNT=3", "COUNT without DTSTART"},
		{"DTSTART:20260101T000000\nRRULE:FREQ=DAILY;COUNT=10001", "COUNT 10001"},
		{"FREQ=DAILY;INTERVAL=9999999", "INTERVAL 9999999"},
		{"FREQ=SECONDLY;INTERVAL=60;BYSECOND=1", "never meets its BYHOUR"},
		{"FREQ=MONTHLY;BYDAY=10MO", "a number that no month or year reaches"},
		{"FREQ=YEARLY;BYMONTH=3;BYDAY=-6SU", "a number that no month or year reaches"},
		{"FREQ=MINUTELY;INTERVAL=1440;BYHOUR=5", "never meets its BYHOUR"},
		{"RRULE:FREQ=DAILY\nEXRULE:FREQ=WEEKLY", "EXRULE"},
		{"RRULE:FREQ=DAILY\nDTSTART:2026", "DTSTART"},
		{"DTSTART:2026-01-01\nRRULE:FREQ=DAILY", `the DTSTART "2026-01-01"`},
		{"DTSTART;TZID=Mars/Base:20260101T000000\nRRULE:FREQ=DAILY", "Mars/Base"},
		{"SUMMARY:party", `a line "SUMMARY"`},
		{"EXDATE:20260101", "neither RRULE nor RDATE"},
		{`{"__type__": "crontab"}`, "rrule is wanted"},
		{`{"freq": 9}`, "is not 0 (yearly) to 6"},
		{`{"freq": 3, "colour": "red"}`, "unknown field"},
		{`{"freq": 3, "count": 3}`, "count without dtstart"},
		{`{"freq": 2, "byweekday": [7]}`, "is not 0 (Monday) to 6"},
	} {
		t.Run(tt.expression, func(t *testing.T) {
			t.Parallel()
			_, err := rrule.Parse(tt.expression, zone(t, "UTC"), find)
			if _, ok := errors.AsType[*schedule.FieldError](err); !ok || !strings.Contains(err.Error(), tt.problem) {
				t.Errorf("got %v, want an error with %q", err, tt.problem)
			}
		})
	}
}

// The laws that hold for each schedule of wall-clock times.
func TestLaws(t *testing.T) {
	t.Parallel()
	var schedules []*rrule.Schedule
	for _, in := range []string{"UTC", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"} {
		for _, expression := range []string{
			"FREQ=HOURLY;BYMINUTE=0,20,40", "FREQ=DAILY;BYHOUR=0,1,2,3;BYMINUTE=15,45", "FREQ=WEEKLY;INTERVAL=3;BYDAY=SU,MO;BYHOUR=2",
			"FREQ=MONTHLY;BYDAY=-1SU;BYHOUR=1,2;BYMINUTE=30", "FREQ=MINUTELY;INTERVAL=7", "FREQ=YEARLY;BYWEEKNO=1,53;BYDAY=MO",
			"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
		} {
			schedules = append(schedules, parse(t, expression, in))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(schedules).Draw(t, "schedule")
		a := time.Unix(rapid.Int64Range(1_300_000_000, 1_900_000_000).Draw(t, "after"), 0).UTC()
		if near := rapid.IntRange(0, 3).Draw(t, "near"); near > 0 {
			loc, err := time.LoadLocation("America/New_York")
			if err != nil {
				t.Fatal(err)
			}
			start, _ := a.In(loc).ZoneBounds()
			a = start.Add(time.Duration(rapid.IntRange(-200, 200).Draw(t, "minutes")) * time.Minute).UTC()
		}
		next, ok := s.Next(a)
		if !ok || !next.After(a) || next.Location() != time.UTC {
			t.Fatalf("%v: Next(%v) = %v, %v", s, a, next, ok)
		}
		if same, ok := s.Next(next.Add(-1)); !ok || !same.Equal(next) {
			t.Fatalf("%v: Next(%v) = %v, but just before that it is %v", s, a, next, same)
		}
		b := a.Add(time.Duration(rapid.Int64Range(1, int64(100*24*time.Hour)).Draw(t, "later")))
		if afterB, ok := s.Next(b); !ok || afterB.Before(next) || b.Before(next) && !afterB.Equal(next) {
			t.Fatalf("%v: Next(%v) = %v, Next(%v) = %v", s, a, next, b, afterB)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"FREQ=DAILY", "DTSTART;TZID=Europe/Berlin:20260105T093000\nRRULE:FREQ=DAILY;INTERVAL=3\nEXDATE:20260108T093000",
		"FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "RDATE:20260101,20260102T000000Z", `{"freq": 3, "byweekday": [{"wkday": 1, "n": 2}]}`,
		"FREQ=YEARLY;BYEASTER=1;BYSETPOS=-1", "FREQ=MONTHLY;BYDAY=+5MO",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { checkParse(t, text) })
}

// FuzzRedBeat fuzzes what stands between the braces of RedBeat's JSON.
func FuzzRedBeat(f *testing.F) {
	for _, text := range []string{
		`"__type__": "rrule", "freq": 3, "dtstart": 1767600000, "interval": 2, "wkst": null, "count": 5, "until": null`,
		`"freq": "WEEKLY", "byweekday": [0, {"wkday": 4, "n": -1}], "byhour": 9, "dtstart": 1767600000.5, "dtstart_tz": 60`,
		`"freq": 0, "byeaster": [1], "bysetpos": -1, "bymonth": [2], "byyearday": [60], "byweekno": [53], "until": 1e12`,
		`"freq": 6, "byhour": [25], "byminute": [1], "bysecond": [61], "bymonthday": [-31]`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { checkParse(t, "{"+text+"}") })
}

func checkParse(t *testing.T, text string) {
	t.Helper()
	s, err := rrule.Parse(text, zone(t, "America/New_York"), find)
	if err != nil {
		if _, ok := errors.AsType[*schedule.FieldError](err); !ok {
			t.Fatalf("%q: %v is no FieldError", text, err)
		}
		return
	}
	after := time.Date(2026, 3, 8, 6, 30, 0, 0, time.UTC)
	if next, ok := s.Next(after); ok && !next.After(after) {
		t.Fatalf("%q: Next(%v) = %v", text, after, next)
	}
}

func BenchmarkNext(b *testing.B) {
	for _, expression := range []string{
		"FREQ=DAILY;BYHOUR=9", "FREQ=SECONDLY;INTERVAL=10", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
	} {
		b.Run(expression, func(b *testing.B) {
			s := parse(b, expression, "Europe/Berlin")
			start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			at := start
			b.ReportAllocs()
			for b.Loop() {
				next, ok := s.Next(at)
				if at = next; !ok || at.Year() > 2100 {
					at = start
				}
			}
		})
	}
}
