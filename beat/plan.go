package beat

import (
	"encoding/json"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/broker/message"
)

// Plan is an entry that was checked: what to send and when. It is immutable and safe for concurrent use. A leader holds
// one for each entry, so it is small: what many entries have in common is in terms.
type Plan struct {
	*terms
	*limits

	ID      EntryID
	Name    string
	Hash    uint64 // of all that decides when it runs; never 0
	Running bool

	args, kwargs json.RawMessage // in Python's form, see message.Builder.Prepare

	created  micros
	modified micros
}

// terms are what many plans have in common. They are immutable.
type terms struct {
	Schedule schedule.Schedule
	Once     End   // what the first run switches off; EndNothing for a recurring schedule
	MaxRuns  int64 // 0: no limit
	Misfire  Misfire
	Window   time.Duration
	Delivery Delivery

	kind schedule.Kind
	spec uint64       // hash of the schedule
	task message.Task // without arguments
}

// limits are what most plans have none of, and then share. They are immutable.
type limits struct {
	start, end micros
	offset     time.Duration // jitter of this entry, the same for each run
	ran        micros        // see Entry.RanAt
	ranAsOf    micros        // see Entry.DecidedTo
}

// Task returns what is to be sent.
func (p *Plan) Task() message.Task {
	t := p.task
	t.Args, t.Kwargs = p.args, p.kwargs
	return t
}

// Next returns the first run after the given instant, UTC, microseconds, within start, end and expiry; false when
// there is none.
func (p *Plan) Next(after time.Time) (time.Time, bool) {
	if start := p.start.time(); p.start != 0 && after.Before(start) {
		if p.kind == schedule.KindInterval {
			return p.bounded(start.Add(p.offset))
		}
		after = start.Add(-time.Nanosecond)
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
	return !p.Anchored() && p.offset == 0 && p.start == 0 && p.end == 0 && p.Once == EndNothing && p.MaxRuns == 0
}

// End returns the instant after which the plan has no run; zero: none is set.
func (p *Plan) End() time.Time { return p.end.time() }

// Base is the instant from which an entry counts that was never decided on, or changed since. Runs before first are
// not made up, because then nothing was responsible for them.
func (p *Plan) Base(first, now time.Time) time.Time {
	if p.kind == schedule.KindClocked {
		return time.Time{}
	}
	if p.ran != 0 {
		return p.ran.time()
	}
	base := p.created.time()
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
	base := p.modified.time()
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
	if p.ran == 0 || p.kind == schedule.KindClocked {
		return decided
	}
	ran := p.ran.time()
	if ran.After(decided) {
		return ran
	}
	every, ok := p.Schedule.(schedule.Interval)
	if !ok || p.ranAsOf != microsOf(decided) || p.ran < p.start {
		return decided
	}
	switch grid := every.Span(ran, decided); {
	case grid.Count == 0:
		return ran
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
		if end := p.end.time(); p.end != 0 && end.Before(to) {
			to = end
		}
		rest := schedule.Of(p.Schedule, first.Add(-p.offset), to.Add(-p.offset))
		if rest.Count > 0 {
			last, n = rest.Last.Add(p.offset), n+rest.Count
		}
	}
	return schedule.Span{First: first, Last: last, Count: n}
}

func (p *Plan) bounded(t time.Time) (time.Time, bool) {
	if p.end != 0 && t.After(p.end.time()) {
		return time.Time{}, false
	}
	return t, true
}
