package beat

import (
	"log/slog"
	"sync"
	"time"
)

// mostSkew is how far the clocks of this process and of the store may be apart, beside what the way to the store
// takes.
const mostSkew = 500 * time.Millisecond

// clocks compares the local clock with the store's. A claim is only made while both agree: then neither can be far off
// unless both are, and no step of one of them makes runs early. The store's time is learned with each grant of the
// lease and carried on by the local monotonic clock, which no step reaches. It is safe for concurrent use.
type clocks struct {
	log *slog.Logger
	now func() time.Time // the local time of day

	mu       sync.Mutex
	store    time.Time     // the store's clock
	at       time.Time     // when it showed that, by the monotonic clock
	way      time.Duration // how long the question took
	apart    bool          // as last told
	observed time.Duration // the skew as last seen
}

// learn notes the time of the store, as a grant that was asked for at sent tells it.
func (c *clocks) learn(granted Lease, ttl time.Duration, sent time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.way = time.Since(sent)
	c.store, c.at = granted.Expires.Add(-ttl), sent.Add(c.way/2)
}

// agree tells whether the clocks agree now, and logs when that changes. Before the first lesson they do.
func (c *clocks) agree() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.IsZero() {
		return true
	}
	store := c.store.Add(time.Since(c.at))
	c.observed = c.now().Round(0).Sub(store)
	apart := c.observed.Abs() > mostSkew+c.way
	if apart != c.apart {
		c.apart = apart
		if apart {
			c.log.Error("the clocks of this host and of the store disagree, nothing is sent until they agree",
				"local_ahead", c.observed.Round(time.Millisecond).String())
		} else {
			c.log.Info("the clocks agree again")
		}
	}
	return !apart
}

// reach returns how long before its instant, by the local clock, a run may be claimed, so that it is not too early for
// the store's clock either.
func (c *clocks) reach() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(0, mostSkew-clockMargin-max(0, c.observed)-c.way)
}

// skew returns how far the local clock was ahead of the store's when last compared.
func (c *clocks) skew() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.observed
}
