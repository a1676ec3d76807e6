package seedtest

import (
	"time"

	"github.com/gobeat/gobeat/beat"
)

func states(r *rig) {
	off, on := r.add(hourly("off")), r.add(hourly("on"))
	l := r.lead()
	at := r.decided(l, time.Hour+time.Minute, off, on).Add(time.Hour)
	r.noErr(r.store.Release(r.ctx, l))
	r.noErr(r.store.SetEnabled(r.ctx, off.TaskID, false))
	stop := r.start(nil)
	r.wait(1)
	stop()
	r.want(of("on", at))
}

// neverAndNone: only a store that never had a job lets Quantum take those of its configuration.
func neverAndNone(r *rig) {
	inventory, ok := r.store.(beat.Inventory)
	if !ok || !r.store.Features().Inventory {
		r.Skip("the store is no Inventory")
	}
	var got []beat.Stored
	look := func() {
		s, err := inventory.Stored(r.ctx)
		r.noErr(err)
		got = append(got, s)
	}
	look()
	e := r.add(hourly("one"))
	look()
	r.noErr(r.store.Delete(r.ctx, e.ID))
	look()
	r.noErr(r.store.Purge(r.ctx))
	look()
	want := [4]beat.Stored{beat.StoredNever, beat.StoredSome, beat.StoredEmpty, beat.StoredNever}
	if [4]beat.Stored(got) != want {
		r.Errorf("stored %v, want %v", got, want)
	}
}

// catchingUp: with a stored instant Quantum replays every second since, but runs those of the last one again.
func catchingUp(r *rig) {
	e := hourly("report")
	e.Misfire = beat.MisfireAll
	entry := r.add(e)
	l := r.lead()
	at := r.decided(l, 4*time.Hour+time.Minute, entry)
	r.noErr(r.store.Release(r.ctx, l))
	stop := r.start(nil)
	r.wait(4)
	stop()
	var want []run
	for n := range 4 {
		want = append(want, of("report", at.Add(time.Duration(n+1)*time.Hour)))
	}
	r.want(want...)
}
