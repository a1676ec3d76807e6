package beat

import (
	"testing"
	"testing/synctest"
	"time"
)

// A release lets go at its instant, whatever the clock does meanwhile, and not before the clock shows it, unless that was
// set back for good.
func TestRelease(t *testing.T) {
	const lead = 300 * time.Millisecond
	for _, tt := range []struct {
		name string
		step time.Duration
		want time.Duration
	}{
		{"the clock goes on", 0, lead},
		{"the clock is set ahead", time.Hour, lead},
		{"the clock is set back a little", -200 * time.Millisecond, lead + 200*time.Millisecond},
		{"the clock is set back", -time.Hour, lead + mostPatience},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				r := releaseAt(start.Add(lead), start)
				clock := func() time.Time { return time.Now().Add(tt.step) }
				for left := r.left(clock); left > 0; left = r.left(clock) {
					time.Sleep(left)
				}
				if got := time.Since(start); got != tt.want {
					t.Errorf("let go after %s, want %s", got, tt.want)
				}
			})
		})
	}
}

// A batch of which nothing lies ahead is not held up.
func TestReleaseOfDueBatch(t *testing.T) {
	t.Parallel()
	now := time.Now()
	r := releaseAt(now, now)
	if left := r.left(func() time.Time { return now.Add(-time.Hour) }); left != 0 {
		t.Errorf("it is held up for %s", left)
	}
}

// The pace follows what claims really take, of one run and of many.
func TestPace(t *testing.T) {
	t.Parallel()
	const call, run = 12 * time.Millisecond, 200 * time.Microsecond
	p := newPace()
	for range 100 {
		p.learn(1, call)
		p.learn(1000, call+1000*run)
	}
	if off := p.call - call; off.Abs() > time.Millisecond {
		t.Errorf("a small claim is thought to take %s, want %s", p.call, call)
	}
	if off := p.run - run; off.Abs() > run/50 {
		t.Errorf("a run is thought to take %s, want %s", p.run, run)
	}
	if got, least := p.of(10_000), call+10_000*run; got < least {
		t.Errorf("10,000 runs are begun %s ahead, which take %s", got, least)
	}
}

// The more the local clock is ahead of the store's, the later a run may be claimed.
func TestReach(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ skew, way, want time.Duration }{
		{0, 0, 450 * time.Millisecond},
		{-time.Second / 4, 0, 450 * time.Millisecond},
		{time.Second / 4, 0, 200 * time.Millisecond},
		{time.Second / 4, 50 * time.Millisecond, 150 * time.Millisecond},
		{480 * time.Millisecond, 0, 0},
	} {
		c := &clocks{observed: tt.skew, way: tt.way}
		if got := c.reach(); got != tt.want {
			t.Errorf("with a skew of %s and a way of %s: %s, want %s", tt.skew, tt.way, got, tt.want)
		}
	}
}
