package schedule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gobeat/gobeat/beat/schedule"
)

func TestDSTPolicies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, fields, zone, from string // from: a day of 26 hours
		want                     map[string]string
	}{
		{
			"skipped in New York", "30 1,2 * * *", "America/New_York", "2026-03-08T05:00:00Z", map[string]string{
				"celery": "01:30-05 03:30-04", "skip": "01:30-05", "once": "01:30-05 03:30-04", "both": "01:30-05 03:30-04",
				"move/none": "01:30-05 03:30-04", "skip/second": "01:30-05",
			},
		},
		{
			"repeated in New York", "30 1,2 * * *", "America/New_York", "2026-11-01T04:00:00Z", map[string]string{
				"celery": "01:30-04 02:30-05", "skip": "01:30-04 02:30-05", "once": "01:30-04 02:30-05",
				"both": "01:30-04 01:30-05 02:30-05", "move/second": "01:30-05 02:30-05", "move/none": "02:30-05",
			},
		},
		{
			"each hour repeated in Berlin", "0 * * * *", "Europe/Berlin", "2026-10-24T23:30:00Z", map[string]string{
				"celery": "02:00+02 02:00+01 03:00+01", "skip": "02:00+02 02:00+01 03:00+01", "once": "02:00+02 03:00+01",
				"both": "02:00+02 02:00+01 03:00+01", "move/second": "02:00+01 03:00+01", "skip/none": "03:00+01",
			},
		},
		{
			"each hour through the gap in Berlin", "0 * * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", map[string]string{
				"celery": "03:00+02 04:00+02 05:00+02", "skip": "03:00+02 04:00+02 05:00+02", "once": "03:00+02 04:00+02 05:00+02",
			},
		},
		{
			"half an hour in Lord Howe", "20,35 2 * * *", "Australia/Lord_Howe", "2025-10-04T15:00:00Z", map[string]string{
				"celery": "02:35+11 02:50+11", "skip": "02:35+11",
			},
		},
		{
			"midnight in Sao Paulo", "0 0 * * *", "America/Sao_Paulo", "2018-11-04T02:00:00Z", map[string]string{
				"celery": "01:00-02", "skip": "",
			},
		},
		{
			"a day that Apia skipped", "0 12 30 12 *", "Pacific/Apia", "2011-12-30T09:00:00Z", map[string]string{
				"celery": "12:00+14", "skip": "",
			},
		},
	} {
		for policy, want := range tt.want {
			t.Run(tt.name+"/"+strings.ReplaceAll(policy, "/", ","), func(t *testing.T) {
				t.Parallel()
				spec, err := schedule.ParseCrontab(tt.fields)
				if err != nil {
					t.Fatal(err)
				}
				spec.DST = policy
				zone := zoneOf(t, tt.zone)
				c, err := schedule.NewCrontab(spec, zone)
				if err != nil {
					t.Fatal(err)
				}
				after := instant(t, tt.from)
				hours := 20 * time.Hour
				if strings.HasPrefix(tt.fields, "0 *") {
					hours = 3 * time.Hour
				}
				runs := walk(c, after, after.Add(hours))
				var got []string
				for _, run := range runs {
					got = append(got, run.In(zone.Location()).Format("15:04-07"))
				}
				if strings.Join(got, " ") != want {
					t.Errorf("got %v, want %s", got, want)
				}
				checkSpan(t, c, after, after.Add(hours), runs)
			})
		}
	}
}

// Each policy against the oracle, which only knows Celery's: what it finds on days without a clock change is the same
// for all, and around one the sets differ in one direction.
func TestDSTPoliciesDifferOnlyAtChanges(t *testing.T) {
	t.Parallel()
	zones := loadZones(t)
	rapid.Check(t, func(t *rapid.T) {
		zone := zones[rapid.SampledFrom(zoneNames()).Draw(t, "zone")]
		spec := drawSpec(t)
		after := drawInstant(t, zone.Location())
		until := after.Add(60 * time.Hour)
		runs := map[string][]time.Time{}
		for _, policy := range []string{"celery", "skip", "once", "both", "skip/none", "move/second"} {
			spec.DST = policy
			c, err := schedule.NewCrontab(spec, zone)
			if err != nil {
				t.Fatal(err)
			}
			checkLaws(t, c, after, schedule.Uniform(t, "later", 1, int64(300*24*time.Hour)))
			runs[policy] = walk(c, after, until)
		}
		if !contains(runs["both"], runs["celery"]) || !contains(runs["both"], runs["once"]) || !contains(runs["both"], runs["move/second"]) {
			t.Fatalf("%+v after %v: both leaves something out: %v", spec, after, runs)
		}
		if !contains(runs["once"], runs["skip/none"]) || !contains(runs["celery"], runs["skip"]) {
			t.Fatalf("%+v after %v: skip adds something: %v", spec, after, runs)
		}
		_, end := after.In(zone.Location()).ZoneBounds()
		start, _ := after.Add(-27 * time.Hour).In(zone.Location()).ZoneBounds()
		again, _ := after.In(zone.Location()).ZoneBounds()
		if (end.IsZero() || end.After(until.Add(time.Hour))) && start.Equal(again) {
			for policy, got := range runs {
				if diff := cmp.Diff(runs["celery"], got); diff != "" {
					t.Fatalf("%+v after %v: no clock change, and %s differs:\n%s", spec, after, policy, diff)
				}
			}
		}
	})
}

func contains(all, some []time.Time) bool {
	in := map[int64]bool{}
	for _, t := range all {
		in[t.Unix()] = true
	}
	for _, t := range some {
		if !in[t.Unix()] {
			return false
		}
	}
	return true
}

// A crontab of whose runs a policy leaves nothing, because all of them lie in gaps to come, ends with the last that does
// not; and that is known without a look at eight thousand years.
func TestPolicyLeavesNothing(t *testing.T) {
	t.Parallel()
	s := crontab(t, schedule.Spec{
		Minute: "30", Hour: "2", DayOfMonth: "8-14", MonthOfYear: "3", DayOfWeek: "sun", DST: "skip",
	}, "America/New_York")
	if got, ok := s.Next(instant(t, "2005-06-01T00:00:00Z")); !ok || !got.Equal(instant(t, "2006-03-12T07:30:00Z")) {
		t.Errorf("got %v, %v, want the last before clocks changed in March", got, ok)
	}
	for _, after := range []string{"2026-01-01T00:00:00Z", "2099-12-31T00:00:00Z", "2345-01-01T00:00:00Z", "9999-12-31T00:00:00Z"} {
		if got, ok := s.Next(instant(t, after)); ok {
			t.Errorf("after %s: got %v, want never", after, got)
		}
	}
}

// What Changes tells is what the runs around each change show.
func TestChangesTellTheRuns(t *testing.T) {
	t.Parallel()
	zones := loadZones(t)
	rapid.Check(t, func(t *rapid.T) {
		zone := zones[rapid.SampledFrom(zoneNames()).Draw(t, "zone")]
		spec := drawSpec(t)
		spec.DST = rapid.SampledFrom([]string{"celery", "skip", "once", "both", "move/second"}).Draw(t, "policy")
		c, err := schedule.NewCrontab(spec, zone)
		if err != nil {
			t.Fatal(err)
		}
		after := drawInstant(t, zone.Location())
		for _, change := range c.Changes(after, after.Add(400*24*time.Hour)) {
			by := (change.After - change.Before).Abs()
			runs := walk(c, change.At.Add(-by-1), change.At.Add(by-1))
			moved := contains(runs, []time.Time{change.Run})
			if change.Effect == schedule.Moved && !moved {
				t.Fatalf("%v: %+v, but the runs are %v", c, change, runs)
			}
			first, second := 0, 0
			for _, run := range runs {
				if run.Before(change.At) {
					first++
				} else {
					second++
				}
			}
			switch change.Effect {
			case schedule.Doubled:
				if first == 0 || second == 0 {
					t.Fatalf("%v: %+v, but the runs are %v", c, change, runs)
				}
			case schedule.First:
				if first == 0 || second != 0 {
					t.Fatalf("%v: %+v, but the runs are %v", c, change, runs)
				}
			case schedule.Second:
				if first != 0 || second == 0 {
					t.Fatalf("%v: %+v, but the runs are %v", c, change, runs)
				}
			case schedule.Moved, schedule.Skipped:
			}
		}
	})
}
