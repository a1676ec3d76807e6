package storetest

import (
	"maps"
	"strconv"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// many is how many entries a table has whose size must not matter.
func many() int {
	if testing.Short() {
		return 2000
	}
	return 20_000
}

// counted returns a handle of which is counted what it says.
func (e *env) counted() (Store, func(f func()) map[string]int) {
	e.Helper()
	r := e.rig()
	e.needs("counting what is said to the server", r.Counted != nil)
	return r.Counted(e.T)
}

// claimCost: one claim costs the same statements and round trips for one entry and for a thousand, among many others.
func claimCost(e *env) {
	s, during := e.counted()
	entries := e.fill(many())
	l := e.lead(s, forever)
	at := e.now(s).Add(-time.Hour)
	stands := map[beat.EntryID]time.Time{}
	const most = 1000
	e.claim(s, l, first(entries[:most], at))
	var costs []map[string]int
	for _, n := range []int{1, 1, 100, most} { // the first one may prepare a statement
		b := beat.Batch{ID: newID()}
		for _, entry := range entries[:n] {
			prev := at
			if moved, ok := stands[entry.ID]; ok {
				prev = moved
			}
			stands[entry.ID] = prev.Add(time.Second)
			b.Decisions = append(b.Decisions, beat.Decision{ID: entry.ID, Prev: prev, To: stands[entry.ID], Fire: true})
		}
		cost := during(func() {
			taken, err := s.Claim(e.ctx, l, b)
			e.noErr(err)
			if len(taken) != n {
				e.Errorf("%d of %d were taken", len(taken), n)
			}
		})
		delete(cost, "rows") // as many as were taken
		costs = append(costs, cost)
	}
	if costs[1]["round trips"] == 0 {
		e.Fatal("nothing was counted")
	}
	e.equal("cost of a hundred, against one", costs[2], costs[1])
	e.equal("cost of a thousand, against one", costs[3], costs[1])
}

// dueCost: what is due costs the same answer among ten entries and among many.
func dueCost(e *env) {
	s, during := e.counted()
	agenda := e.agenda(s)
	entries := e.add("1", "2", "3", "4", "5", "6", "7", "8", "9", "10")
	l := e.lead(s, forever)
	now := e.now(s)
	plan := func(entries []beat.Entry, next time.Time) {
		d := first(entries, epoch)
		for i := range d {
			d[i].Next = next
		}
		e.claim(s, l, d)
	}
	plan(entries, now)
	ask := func() {
		due, err := agenda.Due(e.ctx, now, 100)
		e.noErr(err)
		e.equal("due", names(due), names(entries))
	}
	ask() // prepares statements
	few := during(ask)
	e.needs("counting of rows", few["rows"] > 0)
	all := e.fill(many())[len(entries):]
	for from := 0; from < len(all); from += 1000 {
		plan(all[from:min(from+1000, len(all))], now.Add(time.Hour))
	}
	ask() // a connection that was idle is looked at first
	got := during(ask)
	if !maps.Equal(got, few) {
		e.Errorf("%v among %s entries, %v among %d", got, strconv.Itoa(len(all)), few, len(entries))
	}
}
