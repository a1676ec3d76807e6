package shadow

import (
	"time"

	"github.com/gobeat/gobeat/beat"
)

const (
	early      = time.Second // a clock may be that much ahead
	mostMissed = 100_000     // runs that are counted between two looks
)

// subject is an entry under observation.
type subject struct {
	plan   *beat.Plan
	ran    time.Time // the last run of the other; zero: none is known
	from   time.Time // runs up to it are accounted for
	silent bool      // a finding said so since the last run
}

// observe begins with an entry. Runs before now are nobody's business, but an interval counts from the last one.
func observe(p *beat.Plan, ran, now time.Time) subject {
	s := subject{plan: p, ran: ran, from: now}
	if p.Anchored() && !ran.IsZero() {
		s.from = ran
	}
	return s
}

// look compares a new last run with the plan.
func (s *subject) look(ran time.Time, tolerance time.Duration) (f Finding, found bool) {
	if !ran.After(s.ran) {
		return Finding{}, false
	}
	first := s.ran.IsZero()
	s.ran, s.silent = ran, false
	if !ran.After(s.from) || first && s.plan.Anchored() { // from before we looked, or nothing to count from
		s.from = later(s.from, ran)
		return Finding{}, false
	}
	due, n := s.lastDue(ran.Add(early))
	f = Finding{Kind: Agreed, Name: s.plan.Name, Due: due, Ran: ran, Implied: max(0, n-1)}
	switch {
	case n == 0:
		f.Kind = Extra
	case ran.Sub(due) > tolerance:
		f.Kind = Late
	}
	s.from = later(due, ran)
	if !s.plan.Anchored() && n > 0 {
		s.from = due // the other may be early by its clock
	}
	return f, true
}

// lastDue returns the last run after from and up to an instant, and how many there are.
func (s *subject) lastDue(until time.Time) (last time.Time, n int64) {
	for at := s.from; n < mostMissed; n++ {
		next, ok := s.plan.Next(at)
		if !ok || next.After(until) {
			break
		}
		last, at = next, next
	}
	return last, n
}

// overdue tells whether the other has left a run undone for longer than the grace. It says so once until it runs again.
func (s *subject) overdue(now time.Time, grace time.Duration) (f Finding, found bool) {
	if s.silent || s.plan.Anchored() && s.ran.IsZero() {
		return Finding{}, false
	}
	due, ok := s.plan.Next(s.from)
	if !ok || now.Sub(due) <= grace {
		return Finding{}, false
	}
	s.silent = true
	return Finding{Kind: Silent, Name: s.plan.Name, Due: due}, true
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
