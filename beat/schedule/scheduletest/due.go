package scheduletest

import (
	"fmt"
	"math"
	"time"
)

// dueRow is a case of crontab-due.
type dueRow struct {
	crontab
	LastRunAt time.Time `json:"last_run_at"`
	Now       time.Time `json:"now"`
	Deadline  *float64  `json:"beat_cron_starting_deadline"`
	Outcome   string    `json:"outcome"`
	Due       bool      `json:"is_due"`
	NextCheck float64   `json:"next_check_s"`
	WallDue   bool      `json:"wall_clock_is_due"`
}

// modelRuns is the most missed runs that the model in generate.py looks at.
const modelRuns = 5001

// judgeDue compares whether a run is due, and when to look next.
func judgeDue(ask Ask, row *dueRow) (string, error) {
	q := row.question()
	since := row.LastRunAt
	if row.Deadline != nil {
		// The newest missed run is within the deadline if any is; exactly as long ago is within.
		limit := row.Now.Add(-time.Duration(*row.Deadline*float64(time.Second)) - time.Microsecond)
		if limit.After(since) {
			since = limit
		}
	}
	missed, err := ask.first(q, since)
	if err != nil {
		return "", err
	}
	due := !missed.IsZero() && !missed.After(row.Now)
	if due != row.WallDue {
		if err := row.beyondModel(ask, due); err != nil {
			return "", err
		}
		return "the model looks at 5,001 missed runs only", nil
	}
	if row.Outcome == "error" {
		return "Celery raises, also for a date that does not come", nil
	}
	if due != row.Due {
		return "Celery forgets a missed run, or takes a wrong one for the newest", nil
	}
	return row.nextCheck(ask, due)
}

// beyondModel returns an error unless the model differs because it stopped counting before the newest missed run.
func (r *dueRow) beyondModel(ask Ask, due bool) error {
	q := r.question()
	q.After, q.Until, q.Count = r.LastRunAt, r.Now, modelRuns
	runs, err := ask(q)
	if err != nil {
		return err
	}
	if r.Deadline == nil || len(runs) < modelRuns || r.Now.Sub(runs[modelRuns-1]).Seconds() <= *r.Deadline != r.WallDue {
		return fmt.Errorf("last %v, now %v: got due %v, want %v", r.LastRunAt, r.Now, due, r.WallDue)
	}
	return nil
}

// nextCheck compares the time until the next look: the next run after now if one is due or past the deadline, else the
// one that the last run is followed by.
func (r *dueRow) nextCheck(ask Ask, due bool) (string, error) {
	first, err := ask.first(r.question(), r.LastRunAt)
	if err == nil && (due || !first.After(r.Now)) {
		first, err = ask.first(r.question(), r.Now)
	}
	if err != nil {
		return "", err
	}
	if math.Abs(first.Sub(r.Now).Seconds()-r.NextCheck) <= 1e-6 {
		return "", nil
	}
	zone, err := time.LoadLocation(r.TZ)
	if err != nil {
		return "", err
	}
	if first = first.In(zone); Repeated(r.LastRunAt.In(zone)) || Repeated(r.Now.In(zone)) || Repeated(first) || Moved(first) {
		return "the next look, near a clock change", nil
	}
	return "", fmt.Errorf("last %v, now %v: next look at %v, want in %v s", r.LastRunAt, r.Now, first, r.NextCheck)
}
