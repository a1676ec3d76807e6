package scheduletest

import (
	"fmt"
	"slices"
	"time"
)

// nextRow is a case of crontab-next and crontab-dst.
type nextRow struct {
	crontab
	Cat       string     `json:"cat"`
	LastRunAt time.Time  `json:"last_run_at"`
	Outcome   string     `json:"outcome"`
	Next      time.Time  `json:"next"`
	Wall      *time.Time `json:"wall_clock_next"`
	Verdict   string     `json:"verdict"`
}

// judgeNext compares the first instant after the last run.
func judgeNext(ask Ask, row *nextRow) (string, error) {
	got, err := ask.first(row.question(), row.LastRunAt)
	if err != nil {
		return "", err
	}
	want, reason := row.want()
	if !slices.ContainsFunc(want, got.Equal) {
		return "", fmt.Errorf("%s after %v: got %v, want one of %v", row.Cat, row.LastRunAt, got, want)
	}
	if row.Outcome == "next" && got.Equal(row.Next) {
		reason = ""
	}
	return reason, nil
}

// want returns the instants that are right, and why another than Celery's is. The zero time means never.
func (r *nextRow) want() ([]time.Time, string) {
	switch {
	case r.Outcome == "error" && r.Wall == nil:
		return []time.Time{{}}, "never: Celery raises for a date that does not come"
	case r.Verdict == "debatable_gap":
		return []time.Time{r.Next, *r.Wall}, "the run moved out of a gap, asked for from within: Celery waits a day"
	case r.Agrees:
		return []time.Time{r.Next}, ""
	case r.Verdict == "bug_next_in_the_past":
		return []time.Time{*r.Wall}, "Celery's next run is past: it sends without end"
	}
	return []time.Time{*r.Wall}, "Celery skips a run"
}
