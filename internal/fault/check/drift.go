package check

import (
	"slices"
	"time"

	"github.com/gobeat/gobeat/internal/fault/history"
)

// JudgeDrifting judges a run of peers, of intervals only. They neither say which run a message is nor keep a grid, since
// Celery's interval counts from the last run. So each message is matched with the nearest free instant of the grid that
// begins at its predecessor: the gap between two arrivals of a row is so many periods, to the nearest; none means a
// double, two or more mean losses. From and To bound what is counted; rows are told apart by their arguments.
func JudgeDrifting(in Input) Verdict {
	var v Verdict
	byArgs := map[string][]int64{}
	for _, a := range in.Arrivals {
		byArgs[string(a.Args)] = append(byArgs[string(a.Args)], a.At)
	}
	from, to := history.Micro(in.From), history.Micro(in.To)
	for i := range in.Rows {
		r := &in.Rows[i]
		arrived := byArgs[string(r.Args)]
		slices.Sort(arrived)
		v.drifting(r, arrived, from, to)
	}
	v.Calm.sort()
	return v
}

func (v *Verdict) drifting(r *history.Row, arrived []int64, from, to int64) {
	period := r.Every * time.Second.Microseconds()
	v.Due += int((to - from) / period)
	v.Received += len(arrived)
	if len(arrived) == 0 {
		v.lose(r, from, (to-from)/period)
		return
	}
	v.lose(r, from, (arrived[0]-from)/period)
	last := arrived[0]
	for _, at := range arrived[1:] {
		n := (at - last + period/2) / period
		if n == 0 {
			v.DupOther = append(v.DupOther, Finding{Name: r.Name, At: at, Note: "again within half a period"})
		}
		v.lose(r, last, n-1)
		last = at // also of a double, from which Celery counts on
	}
	v.lose(r, last, (to-last-period/2)/period) // the next one may be late
}

// lose notes runs of which nothing arrived.
func (v *Verdict) lose(r *history.Row, after, n int64) {
	for i := range max(0, n) {
		at := after + (i+1)*r.Every*time.Second.Microseconds()
		v.Lost = append(v.Lost, Finding{Name: r.Name, Instant: at, Note: "nothing arrived"})
	}
}
