package seedtest

import (
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/storetest"
)

// witness is told by a beat whether it leads.
type witness struct{ led chan bool }

func newWitness() *witness { return &witness{led: make(chan bool, 16)} }

func (w *witness) Led(leading bool, _ int64) { w.led <- leading }

func (*witness) Sent(beat.Run, string, string, time.Time)   {}
func (*witness) Failed(beat.Failure, string)                {}
func (*witness) Missed(beat.EntryID, string, string, int64) {}
func (*witness) Repaired(beat.Run, string)                  {}

// untilLed waits until the beat leads, or no longer does.
func (r *rig) untilLed(w *witness, leading bool) {
	r.Helper()
	for {
		select {
		case now := <-w.led:
			if now == leading {
				return
			}
		case <-r.ctx.Done():
			r.Fatalf("wait until leading is %v: %v", leading, r.ctx.Err())
		}
	}
}

// storeAway: the store is away for so long that the lease is lost. Nothing is lost or doubled, and the beat says what is
// wrong as long as it is.
func storeAway(r *rig) {
	rigged, ok := r.store.(storetest.Rigged)
	if !ok || rigged.Rig().Through == nil {
		r.Skip("the store has no server that could be away")
	}
	store, wire := rigged.Rig().Through(r.T)
	r.add(often("one"))
	r.add(often("two"))
	w := newWitness()
	b := r.beat(func(c *beat.Config) { c.Store, c.Observer, c.LeaseTTL = store, w, 3*time.Second })
	stop := r.run(b)
	r.untilLed(w, true)
	r.wait(6)
	wire.Away(true)
	r.untilLed(w, false)
	if h := b.Health(); h.Store == "" {
		r.Errorf("health %+v, want that the store is in trouble", h)
	}
	wire.Away(false)
	r.untilLed(w, true)
	r.wait(r.broker.Len() + 20)
	if h := b.Health(); h.Store != "" {
		r.Errorf("health %+v, want no trouble any more", h)
	}
	stop()
	r.unbroken(2)
}
