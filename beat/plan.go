package beat

import (
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/broker/message"
)

// Plan is an entry that was checked: what to send and when. It is immutable and safe for concurrent use.
type Plan struct {
	ID     EntryID
	TaskID string
	Name   string

	Task     message.Task
	Schedule schedule.Schedule
	Hash     uint64 // of all that decides when it runs; never 0

	Running  bool
	Once     End   // what the first run switches off; EndNothing for a recurring schedule
	MaxRuns  int64 // 0: no limit
	Misfire  Misfire
	Window   time.Duration
	Delivery Delivery

	Created  time.Time
	Modified time.Time
	Ran      time.Time // see Entry.RanAt

	kind       schedule.Kind
	start, end time.Time
	offset     time.Duration // jitter of this entry, the same for each run
	ranAsOf    time.Time     // see Entry.DecidedTo
}

// Next returns the first run after the given instant, UTC, microseconds, within start, end and expiry; false when
// there is none.
func (p *Plan) Next(after time.Time) (time.Time, bool) {
	if !p.start.IsZero() && after.Before(p.start) {
		if p.kind == schedule.KindInterval {
			return p.bounded(p.start.Add(p.offset))
		}
		after = p.start.Add(-time.Nanosecond)
	}
	t, ok := p.Schedule.Next(after.Add(-p.offset))
	if !ok {
		return time.Time{}, false
	}
	return p.bounded(t.Add(p.offset))
}

// Anchored tells whether Next counts from the instant it is given, so that its answers lie on a grid only when that
// was one of them.
func (p *Plan) Anchored() bool { return p.kind == schedule.KindInterval }

// Plain tells whether the runs are those of Schedule, without jitter, bounds and limits.
func (p *Plan) Plain() bool {
	return !p.Anchored() && p.offset == 0 && p.start.IsZero() && p.end.IsZero() && p.Once == EndNothing && p.MaxRuns == 0
}

// End returns the instant after which the plan has no run; zero: none is set.
func (p *Plan) End() time.Time { return p.end }

// Base is the instant from which an entry counts that was never decided on, or changed since. Runs before first are
// not made up, because then nothing was responsible for them.
func (p *Plan) Base(first, now time.Time) time.Time {
	if p.kind == schedule.KindClocked {
		return time.Time{}
	}
	if !p.Ran.IsZero() {
		return p.Ran
	}
	base := p.Created
	if base.Before(first) {
		base = first
	}
	if base.IsZero() || base.After(now) {
		base = now
	}
	return base
}

// Rebase is the instant from which a changed schedule counts: the change, but never before what was decided.
func (p *Plan) Rebase(decided, now time.Time) time.Time {
	if p.kind == schedule.KindClocked {
		return decided
	}
	base := p.Modified
	if base.IsZero() || base.After(now) {
		base = now
	}
	if base.Before(decided) {
		return decided
	}
	return base
}

// Steer is the instant from which an entry counts that was decided up to an instant, when somebody else ran it or set
// its last run. What lies between is not run again. An interval whose last run was set back goes on from there: it is
// due at once when its next run from there is past, as with Celery. A last run of an earlier day that some old copy of
// the row brought back is one of the grid, and changes nothing.
func (p *Plan) Steer(decided, now time.Time) time.Time {
	if p.Ran.IsZero() || p.kind == schedule.KindClocked {
		return decided
	}
	if p.Ran.After(decided) {
		return p.Ran
	}
	every, ok := p.Schedule.(schedule.Interval)
	if !ok || !p.ranAsOf.Equal(decided) || p.Ran.Before(p.start) {
		return decided
	}
	switch grid := every.Span(p.Ran, decided); {
	case grid.Count == 0:
		return p.Ran
	case grid.Last.Equal(decided):
		return decided
	}
	return now.Truncate(time.Microsecond).Add(-every.Every())
}

// missed describes the runs from first, which is one of them, to until.
func (p *Plan) missed(first, until time.Time) schedule.Span {
	last, n := first, int64(1)
	if next, ok := p.Next(first); ok && !next.After(until) {
		to := until
		if !p.end.IsZero() && p.end.Before(to) {
			to = p.end
		}
		rest := schedule.Of(p.Schedule, first.Add(-p.offset), to.Add(-p.offset))
		if rest.Count > 0 {
			last, n = rest.Last.Add(p.offset), n+rest.Count
		}
	}
	return schedule.Span{First: first, Last: last, Count: n}
}

func (p *Plan) bounded(t time.Time) (time.Time, bool) {
	if !p.end.IsZero() && t.After(p.end) {
		return time.Time{}, false
	}
	return t, true
}
