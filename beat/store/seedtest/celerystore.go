package seedtest

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// severalSchedules: Celery Store means that too, but keeps entries by the name of the task, so only the last one lived.
func severalSchedules(r *rig) {
	e := hourly("mail")
	e.Kwargs, e.ScheduleKwargs = json.RawMessage(`{"to": "all", "n": 0}`), json.RawMessage(`{"n": 1}`)
	first := r.add(e)
	e.TaskID, e.ScheduleKwargs = first.TaskID, json.RawMessage(`{"n": 2}`)
	second := r.add(e)
	l := r.lead()
	r.decided(l, time.Hour+time.Minute, first, second)
	r.noErr(r.store.Release(r.ctx, l))
	stop := r.start(nil)
	r.wait(2)
	stop()
	var got []string
	for _, env := range r.broker.Messages("celery") {
		for _, n := range []string{`"n":1`, `"n":2`} {
			if body := bytes.ReplaceAll(env.Body, []byte(" "), nil); bytes.Contains(body, []byte(n)) &&
				bytes.Contains(body, []byte(`"to":"all"`)) {
				got = append(got, n)
			}
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, []string{`"n":1`, `"n":2`}) {
		r.Errorf("kwargs %v, want those of each schedule over the task's", got)
	}
}

// latestChange: its scheduler compares the latest change with the one before, so edits of a task and of a schedule count.
func latestChange(r *rig) {
	e := r.add(hourly("mail"))
	v, err := r.store.Latest(r.ctx)
	r.noErr(err)
	for _, edit := range []struct {
		name string
		do   func() error
	}{
		{"task", func() error { e.Queue = "slow"; e, err = r.store.Update(r.ctx, e); return err }},
		{"schedule", func() error { e.Spec.Every = 2; e, err = r.store.Update(r.ctx, e); return err }},
		{"deletion, which it overlooks", func() error { return r.store.Delete(r.ctx, e.ID) }},
	} {
		r.noErr(edit.do())
		next, err := r.store.Latest(r.ctx)
		r.noErr(err)
		if next.Same(v) {
			r.Errorf("the change of the %s is not seen", edit.name)
		}
		v = next
	}
}

func lastRunOfHistory(r *rig) {
	if !r.store.Features().History {
		r.Skip("the store keeps no history")
	}
	entry := r.add(hourly("mail"))
	l := r.lead()
	at := r.decided(l, time.Hour+time.Minute, entry).Add(time.Hour)
	r.noErr(r.store.Release(r.ctx, l))
	stop := r.start(nil)
	r.wait(1)
	stop()
	records, err := r.store.History(r.ctx, entry.ID, time.Now(), 10)
	r.noErr(err)
	list, _, err := r.store.List(r.ctx, beat.Filter{Name: "mail"}, "", 10)
	r.noErr(err)
	if len(records) != 1 || !records[0].Instant.Equal(at) || len(list) != 1 || !list[0].Cursor.LastRun.Equal(at) {
		r.Errorf("history %+v, listed %+v, want the run of %v", records, list, at)
	}
}

// lastRunAhead: a clock that was set back does not make an entry due.
func lastRunAhead(r *rig) {
	ledger, ok := r.store.(beat.Ledger)
	if !ok || !r.store.Features().Ledger {
		r.Skip("the store is no Ledger")
	}
	entry := r.add(hourly("mail"))
	plan, _ := r.compiler.Plan(&entry)
	ahead := time.Now().Add(30 * time.Minute)
	r.noErr(ledger.Put(r.ctx, []beat.Cursor{{ID: entry.ID, DecidedTo: ahead, LastRun: ahead, Spec: plan.Hash, Fires: 1}}))
	r.nextTo(r.lead())
}
