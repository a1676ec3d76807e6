package seedtest

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
)

// missed makes a number of tasks that each have missed some runs, all of which are made up.
func (r *rig) missed(tasks, runs int) []run {
	r.Helper()
	var entries []beat.Entry
	for i := range tasks {
		e := hourly(fmt.Sprintf("t%02d", i))
		e.Misfire = beat.MisfireAll
		entries = append(entries, r.add(e))
	}
	l := r.lead()
	at := r.decided(l, time.Duration(runs)*time.Hour+time.Minute, entries...)
	r.noErr(r.store.Release(r.ctx, l))
	var want []run
	for n := range runs {
		for _, e := range entries {
			want = append(want, of(e.Name, at.Add(time.Duration(n+1)*time.Hour)))
		}
	}
	return want
}

func twoInstances(r *rig) {
	want := r.missed(5, 5)
	stopOne, stopTwo := r.start(nil), r.start(nil)
	r.wait(len(want))
	stopOne()
	stopTwo()
	r.want(want...)
}

func recovery(r *rig) {
	entry := r.add(hourly("report"))
	l := r.lead()
	start := r.decided(l, time.Hour, entry)
	at := start.Add(time.Hour - time.Minute)
	plan, _ := r.compiler.Plan(&entry)
	b := beat.Batch{ID: uuid.Must(uuid.NewV7()), Decisions: []beat.Decision{{
		ID: entry.ID, Prev: start, To: at, Fire: true, Next: at.Add(time.Hour), Spec: plan.Hash,
	}}}
	taken, err := r.store.Claim(r.ctx, l, b)
	if err != nil || len(taken) != 1 {
		r.Fatalf("claimed %v, %v", taken, err)
	}
	// It dies here, before it published; its lease ends.
	r.noErr(r.store.Release(r.ctx, l))
	stop := r.start(nil)
	r.wait(1)
	stop()
	r.want(of("report", at))
}

// fastForward: its option to make up nothing.
func fastForward(r *rig) {
	e := hourly("report")
	e.Misfire = beat.MisfireSkip
	entry := r.add(e)
	l := r.lead()
	r.decided(l, 5*time.Hour+30*time.Minute, entry)
	r.nextTo(l)
}

// intervalChanged: the new interval counts from the change.
func intervalChanged(r *rig) {
	entry := r.add(hourly("report"))
	l := r.lead()
	r.decided(l, 5*time.Hour+time.Minute, entry)
	entry.Spec.Every = 2
	_, err := r.store.Update(r.ctx, entry)
	r.noErr(err)
	r.nextTo(l)
}

func partitions(r *rig) {
	want := r.missed(16, 2)
	stop := r.start(func(c *beat.Config) { c.Spread = []beat.Publisher{r.broker.Publisher()} })
	r.wait(len(want))
	stop()
	r.want(want...)
}

func extension(r *rig) {
	extender, ok := r.store.(beat.Extender)
	if !ok || !r.store.Features().Extends {
		r.Skip("the store is no Extender")
	}
	entry := r.add(hourly("slow"))
	l := r.lead()
	start := r.decided(l, time.Hour+time.Minute, entry)
	b := beat.Batch{ID: uuid.Must(uuid.NewV7()), Decisions: []beat.Decision{{
		ID: entry.ID, Prev: start, To: start.Add(time.Hour), Fire: true, Spec: 1,
	}}}
	_, err := r.store.Claim(r.ctx, l, b)
	r.noErr(err)
	longer, err := extender.Extend(r.ctx, l, b.ID, l.Expires.Add(time.Hour))
	r.noErr(err)
	if by := longer.Expires.Sub(l.Expires); by != time.Hour {
		r.Errorf("extended by %v, want an hour", by)
	}
	if _, err := r.open(r.T, "").Acquire(r.ctx, 0, beat.Holder{ID: uuid.New()}, time.Minute, 0); err == nil {
		r.Error("another instance took the lease")
	}
}

func seconds(r *rig) {
	r.add(beat.Entry{
		Name: "tick", Task: "proj.tick", Enabled: true, Active: true,
		Spec: schedule.Spec{Kind: schedule.KindInterval, Every: 250_000, Period: "microseconds"},
	})
	stop := r.start(nil)
	r.wait(3)
	stop()
	if got := r.sent(); len(got) < 3 || got[0] == got[1] || got[1] == got[2] {
		r.Errorf("sent %v, want three runs a quarter of a second apart", got)
	}
}
