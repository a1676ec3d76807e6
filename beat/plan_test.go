package beat

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gobeat/gobeat/beat/schedule"
)

// drawEntry makes an entry without bounds.
func drawEntry(t *rapid.T) Entry {
	spec := rapid.SampledFrom([]schedule.Spec{
		{Kind: schedule.KindCrontab, Minute: "*/20"},
		{Kind: schedule.KindCrontab, Second: "7,40", Minute: "30", Timezone: "America/New_York"},
		{Kind: schedule.KindCrontab, Minute: "0", Hour: "1-4", DST: "both", Timezone: "Europe/Berlin"},
		{Kind: schedule.KindCrontab, Minute: "*/30", Exclude: "2026-10-25,10-26"},
		{Kind: schedule.KindCron, Expression: "15 */2 * * *"},
		{Kind: schedule.KindInterval, Every: 50, Period: "minutes"},
		{Kind: schedule.KindInterval, Every: 90, Period: "minutes", Relative: true, Timezone: "Europe/Berlin"},
		{Kind: schedule.KindClocked, Clocked: time.Date(2026, 10, 25, 3, 30, 0, 0, time.UTC)},
	}).Draw(t, "spec")
	return Entry{
		ID: EntryID(rapid.String().Draw(t, "id")), Task: "proj.add", Enabled: true, Active: true, Spec: spec,
		Jitter: time.Duration(rapid.Int64Range(0, 600).Draw(t, "jitter")) * time.Second,
	}
}

// drawTime returns an instant within three days around a clock change in Berlin.
func drawTime(t *rapid.T, label string) time.Time {
	return time.Date(2026, 10, 24, 0, 0, 0, 0, time.UTC).Add(
		time.Duration(rapid.Int64Range(0, 3*86400*4).Draw(t, label)) * time.Second / 4)
}

func compiled(t *rapid.T, c *Compiler, e Entry) *Plan {
	p, bad := c.Plan(&e)
	if bad != nil {
		t.Fatal(bad)
	}
	return p
}

func runsOf(p *Plan, after, until time.Time) []time.Time {
	runs := []time.Time{}
	for at, ok := p.Next(after); ok && !at.After(until); at, ok = p.Next(at) {
		runs = append(runs, at)
	}
	return runs
}

// A start and an end take runs away and move none; only an interval begins its grid at the start.
func TestPlanBoundsAreAFilter(t *testing.T) {
	t.Parallel()
	c := compiler(t)
	rapid.Check(t, func(t *rapid.T) {
		e := drawEntry(t)
		free := compiled(t, c, e)
		e.StartTime, e.EndTime = drawTime(t, "start"), drawTime(t, "end")
		bound := compiled(t, c, e)
		after, until := drawTime(t, "after"), drawTime(t, "until")
		want := []time.Time{}
		switch {
		case e.Spec.Kind == schedule.KindInterval && after.Before(e.StartTime):
			if first := e.StartTime.Add(bound.offset); !first.After(until) && !first.After(e.EndTime) {
				want = append(want, first)
				want = append(want, runsOf(free, first, earliest(until, e.EndTime))...)
			}
		case e.Spec.Kind == schedule.KindInterval:
			want = runsOf(free, after, earliest(until, e.EndTime))
		default:
			for _, run := range runsOf(free, after, until) {
				if !run.Before(e.StartTime) && !run.After(e.EndTime) {
					want = append(want, run)
				}
			}
		}
		if diff := cmp.Diff(want, runsOf(bound, after, until)); diff != "" {
			t.Fatalf("%v from %v to %v, asked from %v (-want +got):\n%s", e.Spec, e.StartTime, e.EndTime, after, diff)
		}
	})
}

// Jitter puts each run of an entry off by the same time, whoever computes it, and depends on nothing but its identity.
func TestPlanJitterIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	one, other := compiler(t), compiler(t)
	rapid.Check(t, func(t *rapid.T) {
		e := drawEntry(t)
		late := compiled(t, one, e)
		e.Name, e.MaxRuns = "another", 5
		if same := compiled(t, other, e); same.offset != late.offset {
			t.Fatalf("put off by %v, then by %v", late.offset, same.offset)
		}
		if late.offset < 0 || late.offset > 0 && late.offset >= e.Jitter || late.offset%time.Microsecond != 0 {
			t.Fatalf("put off by %v of %v", late.offset, e.Jitter)
		}
		e.Jitter = 0
		exact := compiled(t, one, e)
		after, until := drawTime(t, "after"), drawTime(t, "until")
		want := runsOf(exact, after.Add(-late.offset), until.Add(-late.offset))
		for i := range want {
			want[i] = want[i].Add(late.offset)
		}
		if diff := cmp.Diff(want, runsOf(late, after, until)); diff != "" {
			t.Fatalf("%v, put off by %v (-want +got):\n%s", e.Spec, late.offset, diff)
		}
	})
}

// What was missed is what walking from run to run finds.
func TestPlanMissedIsEnumeration(t *testing.T) {
	t.Parallel()
	c := compiler(t)
	rapid.Check(t, func(t *rapid.T) {
		e := drawEntry(t)
		if rapid.Bool().Draw(t, "bounded") {
			e.StartTime, e.EndTime = drawTime(t, "start"), drawTime(t, "end")
		}
		p := compiled(t, c, e)
		after, until := drawTime(t, "after"), drawTime(t, "until")
		runs := runsOf(p, after, until)
		if len(runs) == 0 {
			return
		}
		want := schedule.Span{First: runs[0], Last: runs[len(runs)-1], Count: int64(len(runs))}
		if diff := cmp.Diff(want, p.missed(runs[0], until)); diff != "" {
			t.Fatalf("%v from %v to %v, asked from %v to %v (-want +got):\n%s", e.Spec, e.StartTime, e.EndTime, after, until, diff)
		}
	})
}
