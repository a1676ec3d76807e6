package beat

import (
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
)

// Upcoming returns up to n runs strictly later than after, as a beat would plan them that finds the cursor c; the
// zero Cursor stands for an entry that was never decided on. It looks at the schedule and its limits only, not at
// Running. Runs that are due already are not among them.
func (p *Plan) Upcoming(c Cursor, after time.Time, n int) []time.Time {
	if p.Once != EndNothing {
		n = min(n, 1)
	}
	if p.MaxRuns > 0 {
		n = int(min(int64(n), p.MaxRuns-c.Fires))
	}
	var runs []time.Time
	for at := p.before(c, after); len(runs) < n; {
		next, ok := p.Next(at)
		if !ok {
			break
		}
		runs = append(runs, next)
		at = next
	}
	return runs
}

// before returns an instant from which Next finds the first run later than after.
func (p *Plan) before(c Cursor, after time.Time) time.Time {
	if p.kind != schedule.KindInterval {
		return after
	}
	base := c.DecidedTo
	switch {
	case base.IsZero():
		base = p.Base(time.Time{}, after)
	case c.Spec != p.Hash:
		base = p.Rebase(base, after)
	default:
		base = p.Steer(base, after)
	}
	first, ok := p.Next(base)
	if !ok || first.After(after) {
		return base
	}
	return p.missed(first, after).Last
}
