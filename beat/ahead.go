package beat

import "time"

// clockMargin is how much earlier than its clock allows a store is asked for a run that is claimed ahead.
const clockMargin = 50 * time.Millisecond

// ahead returns for which moment jobs are to be decided on next, and how long that can wait. Runs are claimed a little
// before their instant, so that at the instant only publishing is left; see release.
//
// The claim begins earlier the more runs fall on the instant, so that an edit of a row that runs alone counts until some
// milliseconds before it. Runs that are late, that are made up or that the store refused are not claimed ahead.
func (l *loop) ahead(now time.Time) (at time.Time, wait time.Duration) {
	j := l.queue.first()
	if j == nil {
		return now, longestSleep
	}
	wait = j.due.time().Sub(now)
	if wait <= 0 || j.due != j.next || j.catchingUp(now, l.cfg.MisfireGrace) {
		return now, max(0, wait)
	}
	reach := l.clocks.reach()
	if wait > reach {
		return now, wait - reach
	}
	n := l.queue.upTo(j.due, maxOpen*l.cfg.BatchSize)
	if l.asked > 0 && n < l.cfg.BatchSize {
		return now, wait // when the store has answered, there may be more to claim together
	}
	return j.due.time(), max(0, wait-min(reach, l.pace.of(l.asked+n)))
}

// pace is how long claims take, as learned from those before.
type pace struct {
	call time.Duration // of a small claim
	run  time.Duration // of each run beside
}

// Where pace begins, and when a claim is small.
const (
	firstCall = 5 * time.Millisecond
	firstRun  = 50 * time.Microsecond
	smallCall = 16
)

func newPace() pace { return pace{call: firstCall, run: firstRun} }

// of returns the time in which n runs are claimed, with as much again for the call and a quarter for the runs.
func (p *pace) of(n int) time.Duration { return 2*p.call + time.Duration(n)*(p.run+p.run/4) }

// learn takes in that the store took some time for a claim of n runs.
func (p *pace) learn(n int, took time.Duration) {
	if n <= smallCall {
		p.call += (took - p.call) / 8
		return
	}
	p.run += (max(0, took-p.call)/time.Duration(n) - p.run) / 4
}
