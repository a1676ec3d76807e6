package beat

import (
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
)

// Reasons for which a run is given up, as they stand in the store's record of missed runs.
const (
	missedCoalesced = "coalesced" // a later one stands for it
	missedSkipped   = "skipped"   // policy skip
	missedExpired   = "expired"   // older than the entry's window
)

// misfires are the settings that decide about late runs.
type misfires struct {
	grace    time.Duration // Config.MisfireGrace
	deadline time.Duration // Config.StartingDeadline
}

// window returns how late a run of the plan may be to be made up; 0: there is no limit.
func (m misfires) window(p *Plan) time.Duration {
	if p.Window == 0 && p.kind == schedule.KindCrontab {
		return m.deadline
	}
	return p.Window
}

// decide says what becomes of the runs of a job that are due now. The job has one.
func (j *job) decide(now time.Time, m misfires) Decision {
	p, window := j.plan, m.window(j.plan)
	d := Decision{ID: j.id, Prev: j.decided.time(), Spec: p.Hash}
	if p.Misfire == MisfireAll && !late(j.next.time(), now, window) {
		d.To, d.Fire = j.next.time(), true
		return j.closed(d)
	}
	span := p.missed(j.next.time(), now)
	d.To = span.Last
	given, reason := span.Count, missedCoalesced
	switch {
	case late(span.Last, now, window):
		reason = missedExpired
	case p.Misfire == MisfireSkip && now.Sub(span.Last) > m.grace:
		reason = missedSkipped
	default:
		d.Fire = true
		given--
	}
	if p.Misfire == MisfireAll && d.Fire {
		return j.giveUpLate(d, now, window) // only some lie outside the window; the rest follows one by one
	}
	if given > 0 {
		d.Missed, d.MissedReason, d.MissedFrom, d.MissedTo = given, reason, span.First, span.Last
	}
	return j.closed(d)
}

// giveUpLate moves the cursor of a job with policy all to the beginning of its window.
func (j *job) giveUpLate(d Decision, now time.Time, window time.Duration) Decision {
	span := j.plan.missed(j.next.time(), now.Add(-window-time.Microsecond))
	d.To, d.Fire = span.Last, false
	d.Missed, d.MissedReason, d.MissedFrom, d.MissedTo = span.Count, missedExpired, span.First, span.Last
	return j.closed(d)
}

// closed completes a decision by what follows from it.
func (j *job) closed(d Decision) Decision {
	p := j.plan
	if d.Fire {
		d.End = p.Once
		if d.End == EndNothing && p.MaxRuns > 0 && j.fires+1 >= p.MaxRuns {
			d.End = EndSchedule
		}
	}
	if d.End != EndNothing {
		d.Spec = 0 // the entry is switched off with it
		return d
	}
	if next, ok := p.Next(d.To); ok {
		d.Next = next
	}
	return d
}

// record says what must be written about a job of which nothing is due.
func (j *job) record(now time.Time) Decision {
	now = now.Truncate(time.Microsecond)
	d := Decision{ID: j.id, Prev: j.decided.time(), To: j.decided.time(), Spec: j.wantSpec(), Note: j.reason()}
	switch {
	case d.Spec != 0:
		d.To, d.Next = j.base.time(), j.next.time()
		if d.To.After(now) { // somebody set the last run to an instant that has not come
			d.To = now
		}
		d.To = latest(d.To, d.Prev) // or to one that was decided on
	case d.To.IsZero():
		d.To = now
	}
	if d.To.IsZero() {
		d.To = time.Unix(0, 0).UTC() // a clocked schedule that was never decided on: everything is open
	}
	return d
}

func late(run, now time.Time, window time.Duration) bool {
	return window > 0 && now.Sub(run) > window
}
