package scheduletest

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// intervalRow is a case of interval.
type intervalRow struct {
	Every     json.Number `json:"every"`
	Period    string      `json:"period"`
	Relative  bool        `json:"relative"`
	TZ        string      `json:"tz"`
	LastRunAt time.Time   `json:"last_run_at"`
	Now       time.Time   `json:"now"`
	DueAt     time.Time   `json:"due_at"`
	Due       bool        `json:"is_due"`
	NextCheck float64     `json:"next_check_s"`
	Elapsed   time.Time   `json:"elapsed_due_at"`
	Agrees    bool        `json:"agrees_with_elapsed_time"`
}

// judgeInterval compares when the run after the last is due.
func judgeInterval(ask Ask, row *intervalRow) (string, error) {
	q := Question{Kind: "interval", Every: row.Every, Period: row.Period, Relative: row.Relative, Timezone: row.TZ}
	got, err := ask.first(q, row.LastRunAt)
	if every, _ := row.Every.Float64(); every <= 0 {
		if err == nil {
			return "", fmt.Errorf("every %v is accepted", row.Every)
		}
		return "refused: Celery sends without end", nil
	}
	switch {
	case err != nil:
		return "", err
	case row.Relative && !row.Elapsed.After(row.LastRunAt):
		// Rounded down to where it was, or before. The next whole unit is right.
		const unit = 25 * time.Hour // the longest day
		if !got.After(row.LastRunAt) || got.Sub(row.LastRunAt) > unit {
			return "", fmt.Errorf("after %v: got %v, want at most a unit later", row.LastRunAt, got)
		}
		return "rounded down to the last run or before: Celery sends without end", nil
	case !got.Equal(row.Elapsed):
		return "", fmt.Errorf("every %v %s after %v: got %v, want %v", row.Every, row.Period, row.LastRunAt, got, row.Elapsed)
	case !row.Agrees:
		return "Celery counts by the wall clock", nil
	}
	due := !got.After(row.Now)
	if !got.Equal(row.DueAt) || due != row.Due {
		return "", fmt.Errorf("got %v, due %v, want %v, %v", got, due, row.DueAt, row.Due)
	}
	if rest := got.Sub(row.Now).Seconds(); !due && math.Abs(rest-row.NextCheck) > 1e-6 {
		return "", fmt.Errorf("next look in %v s, want %v", rest, row.NextCheck)
	}
	return "", nil
}
