package beat

import (
	"sync"
	"time"
)

// deadline is when a leader stops by itself, before its lease ends. It is counted twice: by a timer, and by a clock that
// goes on while the system is suspended, at which one has to look. It saves work only; what decides is the epoch in the
// store. It is safe for concurrent use.
type deadline struct {
	uptime func() time.Duration
	timer  *time.Timer

	mu    sync.Mutex
	until time.Duration // by uptime
}

// newDeadline calls over when d has passed since a moment.
func newDeadline(uptime func() time.Duration, since moment, d time.Duration, over func()) *deadline {
	return &deadline{uptime: uptime, timer: time.AfterFunc(time.Until(since.at.Add(d)), over), until: since.up + d}
}

// extend moves the deadline to d after a moment.
func (d *deadline) extend(since moment, by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.timer.Reset(time.Until(since.at.Add(by)))
	d.until = since.up + by
}

// passed tells whether the deadline has passed by the clock that counts suspends.
func (d *deadline) passed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.uptime() > d.until
}

func (d *deadline) stop() { d.timer.Stop() }
