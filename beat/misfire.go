package beat

import "time"

// Reasons for which a run is given up, as they stand in the store's record of missed runs.
const (
	missedCoalesced = "coalesced" // a later one stands for it
	missedSkipped   = "skipped"   // policy skip
	missedExpired   = "expired"   // older than the entry's window
)

// decide says what becomes of the runs of a job that are due now. The job has one.
func (j *job) decide(now time.Time, grace time.Duration) Decision {
	p := j.plan
	d := Decision{ID: j.id, Prev: j.decided, Spec: p.Hash}
	if p.Misfire == MisfireAll && !late(j.next, now, p.Window) {
		d.To, d.Fire = j.next, true
		return j.closed(d)
	}
	span := p.missed(j.next, now)
	d.To = span.Last
	given, reason := span.Count, missedCoalesced
	switch {
	case late(span.Last, now, p.Window):
		reason = missedExpired
	case p.Misfire == MisfireSkip && now.Sub(span.Last) > grace:
		reason = missedSkipped
	default:
		d.Fire = true
		given--
	}
	if p.Misfire == MisfireAll && d.Fire {
		return j.giveUpLate(d, now) // only some lie outside the window; the rest follows one by one
	}
	if given > 0 {
		d.Missed, d.MissedReason, d.MissedFrom, d.MissedTo = given, reason, span.First, span.Last
	}
	return j.closed(d)
}

// giveUpLate moves the cursor of a job with policy all to the beginning of its window.
func (j *job) giveUpLate(d Decision, now time.Time) Decision {
	span := j.plan.missed(j.next, now.Add(-j.plan.Window-time.Microsecond))
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
	d := Decision{ID: j.id, Prev: j.decided, To: j.decided, Spec: j.wantSpec(), Note: j.reason}
	switch {
	case d.Spec != 0:
		d.To, d.Next = j.base, j.next
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
