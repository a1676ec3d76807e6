package beat

import "time"

// openBatches are the batches that the loop handed out and that are not finished, with their oldest run.
type openBatches struct {
	last    int64
	batches map[int64]time.Time
}

// add notes a batch and returns its number.
func (o *openBatches) add(oldest time.Time) int64 {
	if o.batches == nil {
		o.batches = make(map[int64]time.Time, maxOpen)
	}
	o.last++
	o.batches[o.last] = oldest
	return o.last
}

func (o *openBatches) close(number int64) { delete(o.batches, number) }

func (o *openBatches) count() int { return len(o.batches) }

// oldest returns the earliest run in any of the batches, zero when there is none.
func (o *openBatches) oldest() time.Time {
	var oldest time.Time
	for _, t := range o.batches {
		oldest = earliest(oldest, t)
	}
	return oldest
}

// allowance is a number of runs a second, of which those not used are saved up for a second.
type allowance struct {
	left float64
	at   time.Time
}

// take uses one, or returns false when none is left.
func (a *allowance) take(now time.Time, rate int) bool {
	limit := float64(rate)
	if a.at.IsZero() {
		a.left = limit
	} else if passed := now.Sub(a.at); passed > 0 {
		a.left = min(limit, a.left+passed.Seconds()*limit)
	}
	a.at = now
	if a.left < 1 {
		return false
	}
	a.left--
	return true
}
