package cli

import (
	"slices"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
)

const (
	crowdSlice  = time.Hour      // how much time is looked at in one go
	crowdMost   = 24 * time.Hour // and at most
	crowdBudget = 5_000_000      // runs that are counted before it ends
	crowdNames  = 3              // names told of a second
)

// crowd counts how many runs fall on each second of the coming hours. Rows that share a schedule are counted together,
// so that a hundred thousand of them cost what their different schedules do.
type crowd struct {
	from   time.Time
	rows   int
	groups map[schedule.Schedule]*crowdGroup
	single []*crowdGroup
}

// crowdGroup is a number of rows with the same runs.
type crowdGroup struct {
	next  func(after time.Time) (time.Time, bool)
	at    time.Time // runs up to here are counted
	rows  int64
	names []string
}

func newCrowd(from time.Time) *crowd {
	return &crowd{from: from, groups: map[schedule.Schedule]*crowdGroup{}}
}

func (c *crowd) add(plan *beat.Plan, cursor beat.Cursor, name string) {
	if plan.Plain() {
		g := c.groups[plan.Schedule]
		if g == nil {
			g = &crowdGroup{next: plan.Schedule.Next, at: c.from}
			c.groups[plan.Schedule] = g
		}
		g.add(name)
		return
	}
	runs := plan.Upcoming(cursor, c.from, 1)
	if len(runs) == 0 {
		return
	}
	first, once := runs[0], plan.Once != beat.EndNothing
	g := &crowdGroup{at: first.Add(-time.Nanosecond), next: func(after time.Time) (time.Time, bool) {
		if after.Before(first) {
			return first, true
		}
		if once {
			return time.Time{}, false
		}
		return plan.Next(after)
	}}
	g.add(name)
	c.single = append(c.single, g)
}

func (g *crowdGroup) add(name string) {
	g.rows++
	if len(g.names) < crowdNames {
		g.names = append(g.names, name)
	}
}

// busySeconds are the seconds on which most runs fall.
type busySeconds struct {
	From    time.Time    `json:"from"`
	Until   time.Time    `json:"until"` // how far runs were counted
	Seconds []busySecond `json:"seconds"`
}

type busySecond struct {
	At    time.Time `json:"at"`
	Runs  int64     `json:"runs"`
	Names []string  `json:"names"` // some of them
}

// busiest counts hour by hour, up to a day, as long as the budget lasts, and returns the n fullest seconds.
func (c *crowd) busiest(until time.Time, n int) busySeconds {
	groups := c.single
	for _, g := range c.groups {
		groups = append(groups, g)
	}
	out := busySeconds{From: c.from, Until: c.from, Seconds: []busySecond{}}
	if limit := c.from.Add(crowdMost); until.After(limit) {
		until = limit
	}
	seconds := map[int64]*busySecond{}
	for budget := crowdBudget; budget > 0 && out.Until.Before(until); {
		end := out.Until.Add(crowdSlice)
		if end.After(until) {
			end = until
		}
		for _, g := range groups {
			budget -= g.count(end, seconds)
		}
		out.Until = end
	}
	for _, s := range seconds {
		out.Seconds = append(out.Seconds, *s)
	}
	slices.SortFunc(out.Seconds, func(a, b busySecond) int {
		if a.Runs != b.Runs {
			return int(min(max(b.Runs-a.Runs, -1), 1))
		}
		return a.At.Compare(b.At)
	})
	out.Seconds = out.Seconds[:min(n, len(out.Seconds))]
	return out
}

// count counts the runs up to an instant and returns their number.
func (g *crowdGroup) count(end time.Time, seconds map[int64]*busySecond) int {
	n := 0
	for ; ; n++ {
		next, ok := g.next(g.at)
		if !ok || next.After(end) {
			return n
		}
		g.at = next
		s := seconds[next.Unix()]
		if s == nil {
			s = &busySecond{At: time.Unix(next.Unix(), 0).UTC()}
			seconds[next.Unix()] = s
		}
		s.Runs += g.rows
		for _, name := range g.names {
			if len(s.Names) < crowdNames && !slices.Contains(s.Names, name) {
				s.Names = append(s.Names, name)
			}
		}
	}
}

func (b *busySeconds) title(zone *time.Location) string {
	return "the busiest seconds up to " + b.Until.In(zone).Format(whenLayout)
}

func (b *busySeconds) rows(t *table) {
	for _, s := range b.Seconds {
		names := strings.Join(s.Names, ", ")
		if s.Runs > int64(len(s.Names)) {
			names += ", …"
		}
		t.add(s.At.Format(time.RFC3339), plural64(s.Runs, "run", "runs"), names)
	}
}
