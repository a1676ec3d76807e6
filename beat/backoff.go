package beat

import (
	"context"
	"math/rand/v2"
	"time"
)

// backoff spaces attempts out: each wait is twice the last one up to a limit, less up to a quarter so that many beats
// do not come back together.
type backoff struct {
	min, max, last time.Duration
}

func newBackoff() *backoff { return &backoff{min: 100 * time.Millisecond, max: 5 * time.Second} }

// wait returns false when ctx ended first.
func (b *backoff) wait(ctx context.Context) bool {
	b.last = min(max(b.min, 2*b.last), b.max)
	t := time.NewTimer(b.last - rand.N(b.last/4))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (b *backoff) reset() { b.last = 0 }
