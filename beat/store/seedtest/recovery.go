package seedtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/storetest"
)

// Recovery runs what the contract says of a beat that comes back to its store, or its store to it. without names the tests
// that take too long with a server.
func Recovery(t *testing.T, fresh func(t *testing.T) storetest.Open, without ...string) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(r *rig)
	}{
		{"R1 down over one, three and a thousand instants, under each policy", downUnderPolicies},
		{"R2 what never ran does not run at the start", neverRan},
		{"R3 restarts in the middle of runs send nothing twice and lose nothing", restarts},
		{"R4 two instances run nothing twice", twoInstances},
		{"R5 an interval changed while down counts from the change", intervalChanged},
		{"R6 a date missed while down fires once", oneOff},
		{"R7 the store is away in the middle of runs", storeAway},
	} {
		t.Run(c.name, func(t *testing.T) {
			if slices.ContainsFunc(without, func(name string) bool { return strings.HasPrefix(c.name, name) }) {
				t.Skip("left out by the tests of the store, which say why")
			}
			t.Parallel()
			c.run(newRig(t, fresh(t)))
		})
	}
}

// policy is what an entry says of runs that it has missed, and what then becomes of the last n hourly ones.
type policy struct {
	name   string
	change func(e *beat.Entry)
	first  func(n int) int // number of the first one that is made up, from 1 on
	count  func(n int) int // how many are
	reason string          // why the others are given up
}

func policies() []policy {
	every := func(n int) int { return n }
	none := func(int) int { return 0 }
	one := func(int) int { return 1 }
	return []policy{
		{"last", func(*beat.Entry) {}, every, one, "coalesced"},
		{"skip", func(e *beat.Entry) { e.Misfire = beat.MisfireSkip }, one, none, "skipped"},
		{"all", func(e *beat.Entry) { e.Misfire = beat.MisfireAll }, one, every, ""},
		{"window", func(e *beat.Entry) {
			e.Misfire, e.MisfireWindow = beat.MisfireAll, 90*time.Minute // the last two
		}, func(n int) int { return max(1, n-1) }, func(n int) int { return min(n, 2) }, "expired"},
		{"cap", func(e *beat.Entry) { e.Misfire, e.MaxRuns = beat.MisfireAll, 2 }, one, func(n int) int { return min(n, 2) }, ""},
	}
}

// downUnderPolicies: exactly the instants that the policy says are made up, and the others are recorded with the reason.
func downUnderPolicies(r *rig) {
	l := r.lead()
	var want []run
	given := map[beat.EntryID]beat.Omission{}
	for _, p := range policies() {
		for _, n := range []int{1, 3, 1000} {
			e := hourly(fmt.Sprintf("%s %d", p.name, n))
			p.change(&e)
			entry := r.add(e)
			at := r.decided(l, time.Duration(n)*time.Hour+2*time.Minute, entry)
			for i := range p.count(n) {
				want = append(want, of(entry.Name, at.Add(time.Duration(p.first(n)+i)*time.Hour)))
			}
			if left := n - p.count(n); left > 0 && p.reason != "" {
				given[entry.ID] = beat.Omission{ID: entry.ID, Count: int64(left), Reason: p.reason}
			}
		}
	}
	r.noErr(r.store.Release(r.ctx, l))
	stop := r.start(func(c *beat.Config) { c.CatchUpRate = 1_000_000 })
	r.wait(len(want))
	stop()
	r.start(nil)() // and not again after the next start
	slices.SortFunc(want, compareRuns)
	r.want(want...)
	if !r.store.Features().History {
		return
	}
	for id, want := range given {
		found, err := r.store.Omissions(r.ctx, id, time.Now().Add(time.Hour), 10)
		r.noErr(err)
		if len(found) != 1 || found[0].Count != want.Count || found[0].Reason != want.Reason {
			r.Errorf("given up of %s: %+v, want %+v", id, found, want)
		}
	}
}

// often is a task that runs four times a second, of which nothing is left out.
func often(name string) beat.Entry {
	return beat.Entry{
		Name: name, Task: "proj.tasks." + name, Enabled: true, Active: true, Misfire: beat.MisfireAll,
		Spec: schedule.Spec{Kind: schedule.KindInterval, Every: often4.Microseconds(), Period: "microseconds"},
	}
}

const often4 = 250 * time.Millisecond

// unbroken checks that each task was sent for every instant from its first to its last one, once.
func (r *rig) unbroken(tasks int) {
	r.Helper()
	last := map[string]time.Time{}
	for _, got := range r.sent() {
		at, err := time.Parse(time.RFC3339Nano, got.at)
		r.noErr(err)
		if before, ok := last[got.name]; ok && at.Sub(before) != often4 {
			r.Errorf("%s was sent for %v and then for %v", got.name, before, at)
		}
		last[got.name] = at
	}
	if len(last) != tasks {
		r.Errorf("%d tasks were sent, want %d", len(last), tasks)
	}
}

func restarts(r *rig) {
	r.add(often("one"))
	r.add(often("two"))
	for range 4 {
		stop := r.start(nil)
		r.wait(r.broker.Len() + 3)
		stop()
	}
	r.unbroken(2)
}
