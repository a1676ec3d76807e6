package beat

import (
	"context"
	"log/slog"
	"sort"
	"time"

	"github.com/gobeat/gobeat/internal/failpoint"
)

const (
	longestSleep = 30 * time.Second       // between two looks at the clock, so that a step of it is noticed
	lostDelay    = 250 * time.Millisecond // before a decision is tried again that the store did not take
	apartPoll    = 100 * time.Millisecond // between two looks at clocks that disagree
	catchUpPause = 100 * time.Millisecond // before a run is tried again for which CatchUpRate had no room
)

// loop holds the jobs of one term of leadership and decides what is due. Its goroutine never waits for I/O: what
// has to be done goes to the claim stage, as long as there is room for another batch in hand, and otherwise stays due.
type loop struct {
	cfg    *Config
	log    *slog.Logger
	clocks *clocks
	status *status
	lose   context.CancelCauseFunc

	first   time.Time // entries never decided on count from here at the earliest, see Plan.Base
	jobs    map[EntryID]*job
	made    int32 // jobs, ever
	queue   queue
	bad     int                   // jobs without a plan
	refused map[EntryID]time.Time // runs that the store did not take and that are read again
	stale   []*job                // their cursors are to be written although nothing is due
	lost    []EntryID

	loaded    bool  // all entries were read once
	recording int64 // the batch of stale ones on its way; 0: none is

	pace     pace
	asked    int // decisions that the store has not answered
	catchUp  allowance
	open     openBatches
	draining bool

	deltas   <-chan delta
	reload   chan<- []EntryID
	claims   chan<- claim // takes maxOpen without blocking
	results  <-chan result
	aside    <-chan int64
	finished <-chan int64
}

// run works until ctx ends, or until stop is closed and every open batch is finished.
func (l *loop) run(ctx context.Context, stop <-chan struct{}) {
	defer close(l.claims)
	timer := time.NewTimer(longestSleep)
	defer timer.Stop()
	for {
		timer.Reset(l.dispatch(l.cfg.Clock()))
		if l.draining && l.open.count() == 0 {
			return
		}
		var reload chan<- []EntryID
		if len(l.lost) > 0 {
			reload = l.reload
		}
		select {
		case <-timer.C:
		case d := <-l.deltas:
			l.apply(d, l.cfg.Clock())
		case r := <-l.results:
			l.claimed(r, l.cfg.Clock())
		case n := <-l.aside:
			l.open.setAside(n)
		case n := <-l.finished:
			l.open.publish(n)
		case reload <- l.lost:
			l.lost = nil
		case <-stop:
			l.draining, stop = true, nil
			failpoint.Reach("drain.begin")
		case <-ctx.Done():
			return
		}
	}
}

// dispatch hands out what is due and returns how long nothing else will be.
func (l *loop) dispatch(now time.Time) time.Duration {
	agree := l.clocks.agree()
	wait := longestSleep
	for agree && !l.draining && l.open.room(now) > 0 {
		var at time.Time
		at, wait = l.ahead(now)
		c, ok := claim{}, false
		if wait <= 0 {
			c, ok = l.takeDue(at, now)
		}
		stale := !ok && l.mayRecord(now)
		if stale {
			c, ok = l.takeStale(now)
		}
		if !ok {
			break
		}
		c.number = l.open.add(c.oldest())
		l.asked += len(c.decisions)
		if stale {
			l.recording = c.number
		}
		l.claims <- c
	}
	l.report(now, !agree)
	switch {
	case !agree:
		return apartPoll
	case l.draining || l.open.room(now) <= 0:
		return longestSleep
	}
	return min(wait, longestSleep)
}

// mayRecord tells whether cursors may be written now although nothing is due. There may be a million of them after the
// first load, so they go one batch at a time when everything is read, and one place is kept for what falls due.
func (l *loop) mayRecord(now time.Time) bool {
	return l.loaded && l.recording == 0 && l.open.room(now) > 1
}

// report leaves what Health tells of the loop.
func (l *loop) report(now time.Time, apart bool) {
	oldest := l.open.oldest()
	next := time.Time{}
	if j := l.queue.first(); j != nil {
		next = j.next.time()
		if !next.After(now) && !j.catchingUp(now, l.cfg.MisfireGrace) {
			oldest = earliest(oldest, next)
		}
	}
	for id, run := range l.refused {
		if l.jobs[id] == nil {
			delete(l.refused, id)
		} else {
			oldest = earliest(oldest, run)
		}
	}
	if oldest.After(now) { // claimed ahead
		oldest = time.Time{}
	}
	l.status.loop(func(h *Health) {
		h.Entries, h.Quarantined, h.Open = len(l.jobs), l.bad, l.open.count()
		h.Next, h.OldestDue, h.ClocksApart = next, oldest, apart
	})
}

// takeDue makes a batch of the jobs that are due at a moment, which is now or so near that it is time to claim them.
func (l *loop) takeDue(at, now time.Time) (claim, bool) {
	c := claim{release: releaseAt(at, now)}
	limit := microsOf(at)
	m := misfires{grace: l.cfg.MisfireGrace, deadline: l.cfg.StartingDeadline}
	for len(c.decisions) < l.cfg.BatchSize && c.ending < mostEnding {
		j := l.queue.first()
		if j == nil || j.due > limit {
			break
		}
		l.queue.pop()
		if j.catchingUp(at, m.grace) && !l.catchUp.take(now, l.cfg.CatchUpRate) {
			j.due = microsOf(at.Add(catchUpPause))
			l.queue.put(j)
			continue
		}
		c.add(j.plan, j.decide(at, m))
		j.inFlight = true
	}
	sort.Sort((*inOrder)(&c))
	return c, len(c.decisions) > 0
}

// takeStale makes a batch of jobs whose cursor is to be written.
func (l *loop) takeStale(now time.Time) (claim, bool) {
	var c claim
	for len(l.stale) > 0 && len(c.decisions) < l.cfg.BatchSize {
		j := l.stale[0]
		l.stale[0] = nil
		l.stale = l.stale[1:]
		j.queued = false
		if l.jobs[j.id] != j || j.inFlight || !j.stale() {
			continue
		}
		l.queue.remove(j)
		c.add(j.plan, j.record(now))
		j.inFlight = true
	}
	return c, len(c.decisions) > 0
}

// claimed learns what the store took of a batch.
func (l *loop) claimed(r result, now time.Time) {
	l.open.answer(r.number, r.sending)
	l.asked -= len(r.decisions)
	l.pace.learn(len(r.decisions), r.took)
	if r.number == l.recording {
		l.recording = 0
	}
	taken := make(map[EntryID]bool, len(r.taken))
	for _, id := range r.taken {
		taken[id] = true
	}
	for i := range r.decisions {
		d := &r.decisions[i]
		j := l.jobs[d.ID]
		if j == nil {
			continue // deleted meanwhile
		}
		if !taken[d.ID] {
			l.lost = append(l.lost, d.ID)
			l.refused[d.ID] = j.next.time()
			continue
		}
		l.moved(j, d)
		j.inFlight = false
		l.place(j, now)
	}
}

// moved notes the stored cursor of a job after a decision about it was carried out.
func (l *loop) moved(j *job, d *Decision) {
	j.decided, j.spec = microsOf(d.To), d.Spec
	j.setNote(d.Note)
	if d.Fire {
		j.fires++
	}
	if d.End != EndNothing && j.plan != nil {
		j.end()
	}
	if d.Missed > 0 {
		name := ""
		if j.plan != nil {
			name = j.plan.Name
		}
		l.cfg.Observer.Missed(j.id, name, d.MissedReason, d.Missed)
		l.log.Info("runs were missed", "name", name, "id", j.id, "count", d.Missed, "reason", d.MissedReason,
			"from", d.MissedFrom, "to", d.MissedTo)
	}
}

// place computes the next run of a job and puts it where it belongs.
func (l *loop) place(j *job, now time.Time) {
	j.settle(l.first, now)
	if j.next == 0 {
		l.queue.remove(j)
	} else {
		l.queue.put(j)
	}
	if j.stale() && !j.queued {
		j.queued = true
		l.stale = append(l.stale, j)
	}
}
