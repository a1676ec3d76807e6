package schedule_test

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/scheduletest"
)

// oracle finds the instants of a crontab by looking at each minute with the time package. It knows the rules for
// clock changes and for positions in the month, but none of the ways in which the package avoids looking. Offsets must
// be whole minutes.
type oracle struct {
	minute, hour, day, month, weekday [60]bool
	inMonth, inWeek                   []string // parts in the extended grammar
	first, second                     bool     // the passes of a repeated hour that count
	skips                             bool     // what the clocks skip is not moved
	loc                               *time.Location
}

func newOracle(t rapid.TB, spec schedule.Spec, loc *time.Location) *oracle {
	t.Helper()
	o := &oracle{loc: loc}
	for _, f := range []struct {
		name, text string
		to         *[60]bool
	}{
		{"minute", spec.Minute, &o.minute},
		{"hour", spec.Hour, &o.hour},
		{"day_of_month", spec.DayOfMonth, &o.day},
		{"month_of_year", spec.MonthOfYear, &o.month},
		{"day_of_week", spec.DayOfWeek, &o.weekday},
	} {
		for part := range strings.SplitSeq(cmp.Or(f.text, "*"), ",") {
			values, err := schedule.ExpandField(f.name, part)
			switch {
			case err == nil:
			case f.name == "day_of_month":
				o.inMonth = append(o.inMonth, part)
			case f.name == "day_of_week":
				o.inWeek = append(o.inWeek, part)
			default:
				t.Fatal(err)
			}
			for _, v := range values {
				f.to[v] = true
			}
		}
	}
	o.follow(spec.DST)
	return o
}

// follow sets what a policy for clock changes means.
func (o *oracle) follow(policy string) {
	wholeDay := !slices.Contains(o.hour[:24], false)
	switch policy {
	case "", "celery", "skip":
		o.first, o.second, o.skips = true, wholeDay, policy == "skip"
	case "once":
		o.first = true
	case "both":
		o.first, o.second = true, true
	default:
		gap, passes, _ := strings.Cut(policy, "/")
		o.skips = gap == "skip"
		o.first = passes == "first" || passes == "both"
		o.second = passes == "second" || passes == "both"
	}
}

// matches compares a time of the wall clock, written as if it were UTC.
func (o *oracle) matches(wall time.Time) bool {
	hour, minute, second := wall.Clock()
	if second != 0 || !o.minute[minute] || !o.hour[hour] {
		return false
	}
	_, month, day := wall.Date()
	date := wall.Truncate(24 * time.Hour)
	means := func(part string) bool { return inMonth(part, date) }
	return o.month[month] && (o.day[day] || slices.ContainsFunc(o.inMonth, means)) &&
		(o.weekday[wall.Weekday()] || slices.ContainsFunc(o.inWeek, means))
}

// counts tells whether a run counts in the pass of a repeated hour that an instant lies in, if it lies in one.
func (o *oracle) counts(local time.Time) bool {
	switch {
	case o.first && o.second:
		return true
	case scheduletest.Repeated(local):
		return o.second
	}
	return o.first || !toBeRepeated(local)
}

// instants returns what lies in (after, until].
func (o *oracle) instants(after, until time.Time) []time.Time {
	found := []time.Time{}
	for t := after.Truncate(time.Minute).Add(time.Minute); !t.After(until); t = t.Add(time.Minute) {
		local := t.In(o.loc)
		if o.matches(t.Add(scheduletest.Offset(local)).UTC()) && o.counts(local) {
			found = append(found, t.UTC())
		}
	}
	if o.skips {
		return found
	}
	// The time package leaves gaps out, so look at each minute of those whose moved runs may lie in the span.
	for t := after.Add(-26 * time.Hour); !t.After(until); t = t.Add(time.Hour) {
		change, length := gapAt(t.In(o.loc), time.Hour)
		for m := time.Duration(0); m < length; m += time.Minute {
			if !o.matches(change.UTC().Add(scheduletest.Offset(change.Add(-1)) + m)) {
				continue
			}
			if moved := change.Add(m).UTC(); moved.After(after) && !moved.After(until) {
				found = append(found, moved)
			}
			break
		}
	}
	slices.SortFunc(found, time.Time.Compare)
	return slices.CompactFunc(found, time.Time.Equal)
}

// toBeRepeated tells whether the wall clock will show the same once more, up to a day later.
func toBeRepeated(t time.Time) bool {
	for ahead := 15 * time.Minute; ahead <= 24*time.Hour; ahead += 15 * time.Minute {
		if scheduletest.Offset(t)-scheduletest.Offset(t.Add(ahead)) == ahead {
			return true
		}
	}
	return false
}

// gapAt returns the instant in (t, t+within] at which the clocks are put forward, and by how much.
func gapAt(t time.Time, within time.Duration) (time.Time, time.Duration) {
	if scheduletest.Offset(t.Add(within)) <= scheduletest.Offset(t) {
		return t, 0
	}
	for change := t.Truncate(time.Minute); ; change = change.Add(time.Minute) {
		if length := scheduletest.Offset(change) - scheduletest.Offset(t); length > 0 {
			return change, length
		}
	}
}
