package cli

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
)

// nextLimits are the members of a line that set limits to its schedule, named as the columns.
type nextLimits struct {
	StartTime  string          `json:"start_time"`
	EndTime    string          `json:"end_time"`
	MaxRuns    int64           `json:"max_runs"`
	OneOff     bool            `json:"one_off"`
	Jitter     float64         `json:"jitter_seconds"`
	ScheduleID json.RawMessage `json:"schedule_id"` // what the jitter is made of
}

// limit checks the limits and adds them to a query.
func (l *nextLimits) limit(q *nextQuery) error {
	if l.StartTime == "" && l.EndTime == "" && l.MaxRuns == 0 && !l.OneOff && l.Jitter == 0 {
		return nil
	}
	const mostJitter = 366 * 24 * 3600
	if l.MaxRuns < 0 {
		return &schedule.FieldError{Field: "max_runs", Value: strconv.FormatInt(l.MaxRuns, 10), Problem: "is below 0"}
	}
	if l.Jitter < 0 || l.Jitter > mostJitter {
		return &schedule.FieldError{
			Field: "jitter_seconds", Value: strconv.FormatFloat(l.Jitter, 'g', -1, 64),
			Problem: "is out of range 0-" + strconv.Itoa(mostJitter),
		}
	}
	e := &beat.Entry{
		ID: beat.EntryID(strings.Trim(string(l.ScheduleID), `"`)), Task: "next", Enabled: true, Active: true, Spec: q.spec,
		OneOff: l.OneOff, MaxRuns: l.MaxRuns, Jitter: time.Duration(l.Jitter * float64(time.Second)),
	}
	var err error
	if l.StartTime != "" {
		if e.StartTime, err = parseInstant("start_time", l.StartTime); err != nil {
			return err
		}
	}
	if l.EndTime != "" {
		if e.EndTime, err = parseInstant("end_time", l.EndTime); err != nil {
			return err
		}
	}
	q.limits = e
	return nil
}

// compile returns what tells the run that follows an instant. Runs that the limits allow are counted from after on.
func (q *nextQuery) compile(compiler *kinds.Compiler, plans *beat.Compiler) (func(time.Time) (time.Time, bool), error) {
	if q.limits == nil {
		s, err := compiler.Compile(q.spec)
		if err != nil {
			return nil, err
		}
		return s.Next, nil
	}
	plan, bad := plans.Plan(q.limits)
	if bad != nil {
		return nil, &schedule.FieldError{Field: bad.Field, Value: bad.Value, Problem: bad.Problem}
	}
	most := q.count
	if plan.MaxRuns > 0 {
		most = int(min(int64(most), plan.MaxRuns))
	}
	if plan.Once != beat.EndNothing {
		most = 1
	}
	runs := 0
	return func(after time.Time) (time.Time, bool) {
		if runs == most {
			return time.Time{}, false
		}
		runs++
		return plan.Next(after)
	}, nil
}
