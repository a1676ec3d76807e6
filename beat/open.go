package beat

import "time"

// openBatches are the batches that the loop handed out and that are not finished. A batch ends when the loop knows what
// the store took of it and that it is published, in whichever order it learns of the two: the claim stage waits until it
// has told the loop, who therefore must not end before.
type openBatches struct {
	last    int64
	batches map[int64]openBatch
}

type openBatch struct {
	oldest    time.Time // its oldest run
	aside     bool      // it keeps no other from being handed out
	answered  bool      // what the store took of it is known
	published bool      // nothing is left to be published of it
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

// answer notes what is known of a batch after its claim: whether something of it is published.
func (o *openBatches) answer(number int64, publishing bool) {
	b := o.batches[number]
	if !publishing || b.published {
		delete(o.batches, number)
		return
	}
	b.answered = true
	o.batches[number] = b
}

// publish notes that nothing is left to be published of a batch.
func (o *openBatches) publish(number int64) {
	b := o.batches[number]
	if b.answered {
		delete(o.batches, number)
		return
	}
	b.published = true
	o.batches[number] = b
}

// setAside notes that the rest of a batch waits for another attempt; one that is finished meanwhile is passed over.
func (o *openBatches) setAside(number int64) {
	if b, open := o.batches[number]; open {
		b.aside = true
		o.batches[number] = b
	}
}

func (o *openBatches) count() int { return len(o.batches) }

// room returns how many batches more may be handed out. Those that were set aside take no place.
func (o *openBatches) room(now time.Time) int {
	left, due := maxOpen, maxDue
	for _, b := range o.batches {
		if b.aside {
			continue
		}
		left--
		if !b.oldest.After(now) {
			due--
		}
	}
	return min(left, due)
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
