package schedule_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // all names, whatever the machine has

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/scheduletest"
)

// TestEveryZone looks at clock changes of every zone, from local mean time on into the years for which only a rule
// exists, and compares each second around them with the rule said in words: what is skipped, if not left out, runs once,
// moved; what comes twice runs in the passes that the policy names. Every change takes a minute, so one in ten is drawn.
func TestEveryZone(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	names, err := os.ReadFile(filepath.Join("testdata", "zones.txt"))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	zones, changes := 0, 0
	for name := range strings.FieldsSeq(string(names)) {
		zone := zoneOf(t, name)
		zones++
		for change := range clockChanges(zone.Location()) {
			if r.IntN(10) == 0 {
				changes++
				change.check(t, zone, drawSeconds(r, change))
			}
		}
	}
	t.Logf("%d zones, %d clock changes", zones, changes)
	if zones < 590 || changes < 5000 {
		t.Errorf("looked at %d zones, %d changes", zones, changes)
	}
}

// clockChange is an instant, in Unix seconds, and the offsets before and after it.
type clockChange struct {
	at, before, after int64
}

func clockChanges(loc *time.Location) func(yield func(clockChange) bool) {
	return func(yield func(clockChange) bool) {
		offset := func(unix int64) int64 { return int64(scheduletest.Offset(time.Unix(unix, 0).In(loc)) / time.Second) }
		for at := time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2120; {
			_, end := at.In(loc).ZoneBounds()
			switch {
			case end.IsZero():
				return
			case !end.After(at):
				at = at.Add(24 * time.Hour) // a bound that the time package gives for 31 December
				continue
			}
			at = end
			c := clockChange{at.Unix(), offset(at.Unix() - 1), offset(at.Unix())}
			if c.before != c.after && !yield(c) {
				return
			}
		}
	}
}

// drawSeconds makes a crontab with a policy that has runs near the change.
func drawSeconds(r *rand.Rand, c clockChange) schedule.Spec {
	field := func(size int) string {
		if r.IntN(3) == 0 {
			return "*"
		}
		var values []string
		for range 1 + r.IntN(4) {
			values = append(values, strconv.Itoa(r.IntN(size)))
		}
		return strings.Join(values, ",")
	}
	policies := []string{"", "celery", "skip", "once", "both", "move/second", "skip/none", "move/none", "skip/both"}
	s := schedule.Spec{Second: field(60), Minute: field(60), DST: policies[r.IntN(len(policies))]}
	if r.IntN(2) == 0 {
		hour := time.Unix(c.at+min(c.before, c.after), 0).UTC().Hour()
		s.Hour = fmt.Sprintf("%d,%d", hour, (hour+1)%24)
	}
	return s
}

func (c clockChange) check(t *testing.T, zone *schedule.Zone, spec schedule.Spec) {
	t.Helper()
	s, err := schedule.NewCrontab(spec, zone)
	if err != nil {
		t.Fatal(err)
	}
	around := min(max(c.after-c.before, c.before-c.after), 7200) + 600
	from, until := c.at-around, c.at+around
	got := []int64{}
	for at, ok := s.Next(time.Unix(from, 0)); ok && at.Unix() <= until; at, ok = s.Next(at) {
		got = append(got, at.Unix())
	}
	if want := c.instants(t, spec, from, until); !slices.Equal(want, got) {
		t.Errorf("%+v in %v at %v from %d to %d s: got %d runs, want %d", spec, zone, time.Unix(c.at, 0).UTC(), c.before, c.after,
			len(got), len(want))
	}
}

// instants returns the runs in (from, until].
func (c clockChange) instants(t *testing.T, spec schedule.Spec, from, until int64) []int64 {
	t.Helper()
	o := newOracle(t, spec, nil)
	seconds := newOracle(t, schedule.Spec{Minute: spec.Second}, nil).minute
	matches := func(wall int64) bool {
		of := ((wall % 86400) + 86400) % 86400
		return seconds[of%60] && o.minute[of/60%60] && o.hour[of/3600]
	}
	found := []int64{}
	for at := from + 1; at <= until; at++ {
		first, second := at < c.at && at+c.before >= c.at+c.after, at >= c.at && at+c.after < c.at+c.before
		wall := at + c.after
		if at < c.at {
			wall = at + c.before
		}
		if matches(wall) && (!first || o.first) && (!second || o.second) {
			found = append(found, at)
		}
	}
	for at := c.at; at < c.at+c.after-c.before && !o.skips; at++ {
		if matches(at + c.before) {
			if at > from && at <= until {
				found = append(found, at)
			}
			break
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
