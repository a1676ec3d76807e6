package beat_test

import (
	"fmt"
	"math"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/broker/message"
)

// arrival is what the queue holds of one run.
type arrival struct {
	ids   map[string]bool
	count int
}

// check compares what arrived with what should have, independently of the code that sends.
func (w *world) check() []string {
	problems := w.early
	arrived := map[string]*arrival{} // by name and instant
	ids := map[string]string{}
	for _, env := range w.broker.Messages("celery") {
		run := runOf(env)
		a := arrived[run]
		if a == nil {
			a = &arrival{ids: map[string]bool{}}
			arrived[run] = a
		}
		a.ids[env.ID] = true
		a.count++
		if other, known := ids[env.ID]; known && other != run {
			problems = append(problems, fmt.Sprintf("id %s stands for %s and %s", env.ID, run, other))
		}
		ids[env.ID] = run
	}
	for run, a := range arrived {
		if len(a.ids) > 1 {
			problems = append(problems, fmt.Sprintf("%s has %d ids", run, len(a.ids)))
		}
		if a.count > 1 && w.memory && !w.rewinds {
			problems = append(problems, fmt.Sprintf("%s arrived %d times at a broker with a memory", run, a.count))
		}
	}
	for i := range w.added {
		problems = append(problems, w.checkEntry(&w.added[i], arrived)...)
	}
	return problems
}

// runOf names the run of a message by name and instant.
func runOf(env message.Envelope) string {
	return headerOf(env, beat.HeaderName) + " " + headerOf(env, beat.HeaderScheduledFor)
}

// checkEntry looks for runs of one entry that ended in no recorded state, or in a false one.
func (w *world) checkEntry(e *beat.Entry, arrived map[string]*arrival) []string {
	ctx := w.t.Context()
	cursors, err := w.store.Get(ctx, []beat.EntryID{e.ID})
	if err != nil {
		return []string{err.Error()}
	}
	records, err := w.store.History(ctx, e.ID, time.Now().Add(time.Hour), 10_000)
	if err != nil {
		return []string{err.Error()}
	}
	omitted, err := w.store.Omissions(ctx, e.ID, time.Now().Add(time.Hour), 10_000)
	if err != nil {
		return []string{err.Error()}
	}
	pending, err := w.pending(e.ID)
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	states := map[string]string{}
	for _, r := range records {
		states[beat.FormatInstant(r.Instant)] = r.State
	}
	for _, at := range w.instants(e, cursors[e.ID].DecidedTo) {
		text := beat.FormatInstant(at)
		a, state := arrived[e.Name+" "+text], states[text]
		given := func() bool {
			for _, o := range omitted {
				if !at.Before(o.From) && !at.After(o.To) {
					return true
				}
			}
			return false
		}
		switch {
		case state == "confirmed" && a == nil && w.lost[e.Name+" "+text] && w.returned[e.Name+" "+text]:
			// The broker did not take it again, and the leader that was told so died before it could write that down.
		case state == "confirmed" && a == nil:
			problems = append(problems, fmt.Sprintf("%s %s is recorded as confirmed and never arrived", e.Name, text))
		case state == "" && a != nil && !w.rewinds:
			problems = append(problems, fmt.Sprintf("%s %s arrived and is not recorded", e.Name, text))
		case state == "" && a == nil && w.rewinds && pending[text]:
			// The store lost what a leader had written down of a former leader's batch. The next leader finishes it.
		case state == "" && !given() && a == nil:
			problems = append(problems, fmt.Sprintf("%s %s is lost", e.Name, text))
		case a != nil && a.count > 1 && !w.rewinds && e.Delivery == beat.AtMostOnce:
			problems = append(problems, fmt.Sprintf("%s %s arrived %d times with delivery at_most_once", e.Name, text, a.count))
		case state == "unknown" && e.Delivery != beat.AtMostOnce:
			problems = append(problems, fmt.Sprintf("%s %s is left unknown with delivery at_least_once", e.Name, text))
		}
	}
	if late := time.Since(cursors[e.ID].DecidedTo); e.Spec.Kind != schedule.KindClocked && late > 30*time.Second {
		problems = append(problems, fmt.Sprintf("%s was last decided on %s ago", e.Name, late))
	}
	return problems
}

// pending returns the runs of an entry that lie in batches which the next leader finishes.
func (w *world) pending(id beat.EntryID) (map[string]bool, error) {
	found := map[string]bool{}
	for shard := range w.shards {
		open, err := w.store.Unsettled(w.t.Context(), beat.Lease{Shard: shard, Epoch: math.MaxInt64})
		if err != nil {
			return nil, err
		}
		for _, b := range open {
			for _, r := range b.Runs {
				if r.ID == id {
					found[beat.FormatInstant(r.Instant)] = true
				}
			}
		}
	}
	return found, nil
}

// instants returns the runs of an entry up to its cursor, but for the first ones.
func (w *world) instants(e *beat.Entry, to time.Time) []time.Time {
	from := w.start.Add(simFaults / 2)
	if anchor := w.anchors[e.ID]; anchor.After(from) { // a shard that was first led late
		from = anchor
	}
	switch {
	case to.IsZero():
		return nil
	case e.Spec.Kind == schedule.KindClocked:
		return []time.Time{e.Spec.Clocked}
	case e.Spec.Kind == schedule.KindInterval:
		// The grid begins where the entry was first anchored, which its cursor lies on.
		var all []time.Time
		for at := to; at.After(from); at = at.Add(-time.Duration(e.Spec.Every) * time.Second) {
			all = append(all, at)
		}
		return all
	}
	var all []time.Time
	var step int
	if _, err := fmt.Sscanf(e.Spec.Second, "*/%d", &step); err != nil {
		return nil
	}
	for at := from.Truncate(time.Second).Add(time.Second); !at.After(to); at = at.Add(time.Second) {
		if at.Second()%step == 0 {
			all = append(all, at)
		}
	}
	return all
}
