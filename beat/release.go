package beat

import "time"

// release is when a batch that was claimed ahead may be published: when as much time has passed as there was left at the
// decision, which no step of the clock shortens, and when the clock shows the instant. The zero release holds nothing up.
type release struct {
	at    time.Time     // the instant of its runs
	since time.Time     // the decision, by the monotonic clock
	wait  time.Duration // from then to the instant
}

// mostPatience is how much longer a release waits for a clock that was set back meanwhile. The runs were claimed while it
// agreed with the store's.
const mostPatience = time.Second

// releaseAt makes the release of a decision that is made now about runs of an instant.
func releaseAt(at, now time.Time) release {
	if !at.After(now) {
		return release{}
	}
	return release{at: at, since: time.Now(), wait: min(at.Sub(now), mostSkew+mostPatience)}
}

// left returns how long is to be waited still.
func (r *release) left(clock func() time.Time) time.Duration {
	if r.wait == 0 {
		return 0
	}
	over := time.Since(r.since) - r.wait
	if over < 0 {
		return -over
	}
	return max(0, min(r.at.Sub(clock()), mostPatience-over))
}

// moment is what the time will be when the release lets go, for messages that are made before.
func (r *release) moment() time.Time { return latest(time.Now(), r.at) }
