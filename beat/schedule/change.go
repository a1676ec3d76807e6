package schedule

import (
	"math"
	"time"
)

// A Change is what one clock change does to a crontab.
type Change struct {
	At            time.Time     // the instant of the change, UTC
	Before, After time.Duration // the offsets from UTC
	Wall          time.Time     // the first matching wall time that is skipped or repeated, written as if it were UTC
	Matches       int64         // how many wall times that are skipped or repeated match
	Effect        Effect
	Run           time.Time // of Moved: the instant of the run, UTC
}

// Effect names what becomes of wall times that a clock change skips or repeats.
type Effect string

// Effects of clock changes.
const (
	Moved   Effect = "moved"   // skipped: one run takes place, later by the length of the gap
	Skipped Effect = "skipped" // skipped, without a run; or repeated, without a run in either pass
	Doubled Effect = "doubled" // repeated: runs in both passes
	First   Effect = "first"   // repeated: runs in the first pass only
	Second  Effect = "second"  // repeated: runs in the second pass only
)

// Changes returns what the clock changes in (after, until] do to the schedule. Changes without effect are left out.
func (c *Crontab) Changes(after, until time.Time) []Change {
	var changes []Change
	if c.never {
		return nil
	}
	for e := c.zone.at(after.Unix()); e.end <= min(until.Unix(), maxUnix); {
		e = c.zone.at(e.end)
		if change, ok := c.change(e); ok {
			changes = append(changes, change)
		}
	}
	return changes
}

// change describes the clock change at the beginning of an era.
func (c *Crontab) change(e era) (Change, bool) {
	from, to := e.start+e.before, e.start+e.offset
	gap := to > from
	if !gap {
		from, to = to, from
	} else if c.clock.hour == numbers(0, 23) && !c.skips {
		return Change{}, false // what runs in each hour keeps its pace through a gap
	}
	wall, ok := c.wall(from)
	if !ok || wall >= to {
		return Change{}, false
	}
	change := Change{
		At:     time.Unix(e.start, 0).UTC(),
		Before: time.Duration(e.before) * time.Second, After: time.Duration(e.offset) * time.Second,
		Wall: time.Unix(wall, 0).UTC(), Matches: c.walls(from, to),
	}
	switch {
	case gap:
		change.Effect = Skipped
		if run, ok := c.moved(e, math.MinInt64/2); ok {
			change.Effect, change.Run = Moved, time.Unix(run, 0).UTC()
		}
	case c.repeat == repeatBoth:
		change.Effect = Doubled
	case c.repeat == repeatSecond:
		change.Effect = Second
	case c.repeat == repeatNone:
		change.Effect = Skipped
	default:
		change.Effect = First
	}
	return change, true
}
