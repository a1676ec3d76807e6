package beat

import "time"

// openBatches are the batches that the loop handed out and that are not finished.
type openBatches struct {
	last    int64
	batches map[int64]openBatch
}

type openBatch struct {
	oldest time.Time // its oldest run
	aside  bool      // it keeps no other from being handed out
}

// add notes a batch and returns its number.
func (o *openBatches) add(oldest time.Time) int64 {
	if o.batches == nil {
		o.batches = make(map[int64]openBatch, maxOpen)
	}
	o.last++
	o.batches[o.last] = openBatch{oldest: oldest}
	return o.last
}

func (o *openBatches) close(number int64) { delete(o.batches, number) }

// setAside notes that the rest of a batch waits for another attempt; one that is finished meanwhile is passed over.
func (o *openBatches) setAside(number int64) {
	if b, open := o.batches[number]; open {
		b.aside = true
		o.batches[number] = b
	}
}

func (o *openBatches) count() int { return len(o.batches) }

// inHand counts the batches that were not set aside.
func (o *openBatches) inHand() int {
	n := 0
	for _, b := range o.batches {
		if !b.aside {
			n++
		}
	}
	return n
}

// oldest returns the earliest run in any of the batches, zero when there is none.
func (o *openBatches) oldest() time.Time {
	var oldest time.Time
	for _, b := range o.batches {
		oldest = earliest(oldest, b.oldest)
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
