package beat

import "time"

// job is what the loop holds of one entry. Only the loop touches it.
type job struct {
	id     EntryID
	plan   *Plan // nil while the entry is quarantined
	remark *remark

	decided micros // the stored cursor; zero: there is none
	spec    uint64 // as stored with it
	fires   int64

	base micros // runs after it are open; next is never before decided
	next micros // the first open run; zero: none
	due  micros // when the loop must look at the job

	index    int32 // in the heap; -1: not there
	order    int32 // among those that are due at one instant
	gen      int32 // of the full load that last saw it
	inFlight bool  // a decision about it has been handed to the claim stage
	queued   bool  // it waits for its cursor to be written though nothing is due
}

// wantSpec is what the stored cursor should say: under which plan, or 0 for an entry that is not running.
func (j *job) wantSpec() uint64 {
	if j.plan == nil || !j.plan.Running {
		return 0
	}
	return j.plan.Hash
}

// stale tells whether the stored cursor must be written although no run is due: to anchor a new entry, to count a
// changed schedule from its change, to remember that an entry was switched off, or to show why it does not run.
func (j *job) stale() bool {
	if j.decided == 0 {
		return true
	}
	return j.spec != j.wantSpec() || j.note() != j.reason()
}

// settle computes base and next after the plan or the cursor changed. first is when anybody became responsible for
// entries that were never decided on.
func (j *job) settle(first, now time.Time) {
	j.next = 0
	if j.wantSpec() == 0 {
		return
	}
	switch {
	case j.decided == 0:
		j.base = microsOf(j.plan.Base(first, now))
	case j.spec != j.plan.Hash:
		j.base = max(microsOf(j.plan.Rebase(j.decided.time(), now)), j.plan.ran)
	default:
		j.base = microsOf(j.plan.Steer(j.decided.time(), now))
	}
	j.advance()
}

// advance computes the first open run.
func (j *job) advance() {
	j.next = 0
	j.setReason("")
	if j.plan.MaxRuns > 0 && j.fires >= j.plan.MaxRuns {
		j.setReason("max_runs is reached")
		return
	}
	next, ok := j.plan.Next(j.base.time())
	if !ok {
		j.setReason("it has no further run")
		return
	}
	j.next = microsOf(next)
	j.due = j.next
}

// catchingUp tells whether the job makes up run after run of what it missed.
func (j *job) catchingUp(now time.Time, grace time.Duration) bool {
	return j.plan.Misfire == MisfireAll && now.Sub(j.next.time()) > grace
}

// end notes that the last run was claimed and the entry switched off with it.
func (j *job) end() {
	p := *j.plan
	p.Running = false
	j.plan, j.next = &p, 0
}
