package seedtest

import (
	"time"

	"github.com/gobeat/gobeat/beat"
)

// missedWhileDown: the next instant after the stored one is past, so one run begins at once, however many were missed.
func missedWhileDown(r *rig) {
	entry := r.add(hourly("report"))
	l := r.lead()
	at := r.decided(l, 5*time.Hour+time.Minute, entry)
	r.noErr(r.store.Release(r.ctx, l))
	stop := r.start(nil)
	r.wait(1)
	stop()
	r.want(of("report", at.Add(5*time.Hour)))
	r.start(nil)() // and not again after the next start
	r.want(of("report", at.Add(5*time.Hour)))
}

// neverRan: an unknown last execution counts as now.
func neverRan(r *rig) {
	first := r.add(hourly("first"))
	r.nextTo(r.lead())
	found, err := r.store.Get(r.ctx, []beat.EntryID{first.ID})
	r.noErr(err)
	if c := found[first.ID]; c.Fires != 0 || !c.LastRun.IsZero() {
		r.Errorf("cursor %+v, want no run", c)
	}
}

// nextTo starts a beat over entries that must not fire and one that must, which tells that the beat has come so far.
func (r *rig) nextTo(l beat.Lease) {
	r.Helper()
	marker := r.add(hourly("marker"))
	at := r.decided(l, time.Hour+time.Minute, marker).Add(time.Hour)
	r.noErr(r.store.Release(r.ctx, l))
	stop := r.start(nil)
	r.wait(1)
	stop()
	r.want(of("marker", at))
}
