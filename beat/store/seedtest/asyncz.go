package seedtest

import (
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// operations goes through the ten operations that a store of Asyncz has, in the order in which its scheduler meets them.
func operations(r *rig) {
	agenda, ok := r.store.(beat.Agenda)
	if !ok || !r.store.Features().Agenda {
		r.Skip("the store is no Agenda")
	}
	if _, err := r.store.Lookup(r.ctx, "4711"); !errors.Is(err, beat.ErrNotFound) { // lookup_task
		r.Errorf("look-up of nothing: %v", err)
	}
	one, two := r.add(hourly("one")), r.add(hourly("two")) // add_task
	if _, err := r.store.Add(r.ctx, hourly("one")); !errors.Is(err, beat.ErrExists) {
		r.Errorf("added twice: %v, want ErrExists", err)
	}
	l := r.lead()
	at := r.decided(l, time.Hour, one, two)
	soon := at.Add(2 * time.Hour)
	b := beat.Batch{ID: uuid.Must(uuid.NewV7()), Decisions: []beat.Decision{
		{ID: one.ID, Prev: at, To: at, Next: at, Spec: 1}, {ID: two.ID, Prev: at, To: at, Next: soon, Spec: 1},
	}}
	_, err := r.store.Claim(r.ctx, l, b)
	r.noErr(err)
	due, err := agenda.Due(r.ctx, time.Now(), 10) // get_due_tasks
	r.noErr(err)
	if len(due) != 1 || due[0].ID != one.ID {
		r.Errorf("due %+v, want the first", due)
	}
	one.Enabled = false
	_, err = r.store.Update(r.ctx, one) // update_task, here to pause it
	r.noErr(err)
	next, some, err := agenda.NextRun(r.ctx) // get_next_run_time
	if err != nil || !some || !next.Equal(soon) {
		r.Errorf("next run %v, %v, %v, want %v", next, some, err, soon)
	}
	all, _, err := r.store.Load(r.ctx, "", 10) // get_all_tasks
	if err != nil || len(all) != 2 {
		r.Errorf("all: %+v, %v, want two", all, err)
	}
	r.noErr(r.store.Delete(r.ctx, one.ID)) // delete_task
	if err := r.store.Delete(r.ctx, one.ID); !errors.Is(err, beat.ErrNotFound) {
		r.Errorf("deleted twice: %v, want ErrNotFound", err)
	}
	r.noErr(r.store.Purge(r.ctx)) // remove_all_tasks
	if _, some, err := agenda.NextRun(r.ctx); err != nil || some {
		r.Errorf("next run of nothing: %v, %v", some, err)
	}
}

// oneOff: a task with a date in the past runs once, and is not due any more afterwards.
func oneOff(r *rig) {
	e := hourly("once")
	e.OneOff = true
	entry := r.add(e)
	l := r.lead()
	at := r.decided(l, time.Hour+time.Minute, entry).Add(time.Hour)
	r.noErr(r.store.Release(r.ctx, l))
	stop := r.start(nil)
	r.wait(1)
	stop()
	r.start(nil)()
	r.want(of("once", at))
	after, err := r.store.Lookup(r.ctx, entry.ID)
	r.noErr(err)
	if after.Running() {
		r.Errorf("entry %+v, want it switched off", after)
	}
}
