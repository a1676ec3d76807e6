package beat

import (
	"context"
	"log/slog"
	"time"
)

const (
	longestSleep = 30 * time.Second       // between two looks at the clock, so that a step of it is noticed
	lostDelay    = 250 * time.Millisecond // before a decision is tried again that the store did not take
)

// loop holds the jobs of one term of leadership and decides what is due. Its goroutine never waits for I/O: what
// has to be done goes to the claim stage, as long as fewer than maxOpen batches are open, and otherwise stays due.
type loop struct {
	cfg *Config
	log *slog.Logger

	first time.Time // entries never decided on count from here at the earliest, see Plan.Base
	jobs  map[EntryID]*job
	queue queue
	stale []*job // their cursors are to be written although nothing is due
	lost  []EntryID

	open     int
	draining bool

	deltas   <-chan delta
	reload   chan<- []EntryID
	claims   chan<- claim // takes maxOpen without blocking
	results  <-chan result
	finished <-chan struct{}
}

// run works until ctx ends, or until stop is closed and every open batch is finished.
func (l *loop) run(ctx context.Context, stop <-chan struct{}) {
	defer close(l.claims)
	timer := time.NewTimer(longestSleep)
	defer timer.Stop()
	for {
		timer.Reset(l.dispatch(time.Now()))
		if l.draining && l.open == 0 {
			return
		}
		var reload chan<- []EntryID
		if len(l.lost) > 0 {
			reload = l.reload
		}
		select {
		case <-timer.C:
		case d := <-l.deltas:
			l.apply(d, time.Now())
		case r := <-l.results:
			l.claimed(r, time.Now())
		case <-l.finished:
			l.open--
		case reload <- l.lost:
			l.lost = nil
		case <-stop:
			l.draining, stop = true, nil
		case <-ctx.Done():
			return
		}
	}
}

// dispatch hands out what is due and returns how long nothing else will be.
func (l *loop) dispatch(now time.Time) time.Duration {
	for !l.draining && l.open < maxOpen {
		c, ok := l.takeDue(now)
		if !ok && l.open < maxOpen-1 { // one place is kept for what falls due
			c, ok = l.takeStale(now)
		}
		if !ok {
			break
		}
		l.open++
		l.claims <- c
	}
	j := l.queue.first()
	if j == nil || l.draining || l.open >= maxOpen {
		return longestSleep
	}
	return min(max(0, time.UnixMicro(j.due).Sub(now)), longestSleep)
}

// takeDue makes a batch of jobs that are due.
func (l *loop) takeDue(now time.Time) (claim, bool) {
	var c claim
	limit := now.UnixMicro()
	for len(c.decisions) < l.cfg.BatchSize {
		j := l.queue.first()
		if j == nil || j.due > limit {
			break
		}
		l.queue.pop()
		c.add(j.plan, j.decide(now, l.cfg.MisfireGrace))
		j.inFlight = true
	}
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
	if !r.sending {
		l.open--
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
			continue
		}
		l.moved(j, d)
		j.inFlight = false
		l.place(j, now)
	}
}

// moved notes the stored cursor of a job after a decision about it was carried out.
func (l *loop) moved(j *job, d *Decision) {
	j.decided, j.spec, j.note = d.To, d.Spec, d.Note
	if d.Fire {
		j.fires++
	}
	if d.End != EndNothing && j.plan != nil {
		j.end()
	}
	if d.Missed > 0 {
		l.cfg.Observer.Missed(j.id, j.name, d.MissedReason, d.Missed)
		l.log.Info("runs were missed", "name", j.name, "id", j.id, "count", d.Missed, "reason", d.MissedReason,
			"from", d.MissedFrom, "to", d.MissedTo)
	}
}

// place computes the next run of a job and puts it where it belongs.
func (l *loop) place(j *job, now time.Time) {
	j.settle(l.first, now)
	if j.next.IsZero() {
		l.queue.remove(j)
	} else {
		l.queue.put(j)
	}
	if j.stale() && !j.queued {
		j.queued = true
		l.stale = append(l.stale, j)
	}
}
