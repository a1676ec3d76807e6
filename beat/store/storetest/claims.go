package storetest

import (
	"errors"
	"slices"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/message"
)

var claimCases = []testCase{ //nolint:gochecknoglobals // a table of tests
	{"L4 exactly the entries whose cursor matched", cursorsMatched},
	{"L4 a decision without a run", noRun},
	{"L4 a decision that goes back", goesBack},
	{"L4 handles that share a lease see each other's claims", sharedLease},
	{"L5 the same claim again", sameClaim},
	{"L5 the same claim without runs again", sameClaimNoRuns},
	{"L6 an old epoch writes nothing", oldEpoch},
	{"L7 a run ahead of the clock", aheadOfClock},
	{"L9 unsettled batches of earlier leaders", unsettled},
	{"L10 settled batches are recorded", settle},
	{"L10 settled along with a claim", settleWithClaim},
	{"L10 settled batches are known for a while", settled},
	{"L10 a settled batch is corrected", correct},
	{"L11 settle by somebody else", settleForeign},
	{"L8 what is claimed is not due for others", claimedNotDue},
	{"L12 a lease is extended behind a batch", extend},
	{"L13 what is decided is never offered again", decidedOnce},
	{"L14 the last run switches off", lastRun},
	{"L15 a race of handles takes each run once", race},
	{"L16 a race of takeovers against claims", raceOfTakeovers},
	{"L17 deleted or switched off before the claim", editedBefore},
	{"L18 a batch belongs to its shard", batchOfShard},
	{"L18 namespaces claim their own entries only", claimForeign},
	{"L19 the largest batch and one above", largestBatch},
	{"L20 a claim of one and of a thousand cost the same, among many entries", claimCost},
	{"S11 a deleted entry does not come back", deletedStays},
}

// first makes decisions that start the cursors of entries.
func first(entries []beat.Entry, to time.Time) []beat.Decision {
	var list []beat.Decision
	for _, e := range entries {
		list = append(list, beat.Decision{ID: e.ID, To: to, Spec: 1})
	}
	return list
}

// runs makes decisions that fire entries at to.
func runs(entries []beat.Entry, prev, to time.Time) []beat.Decision {
	var list []beat.Decision
	for _, e := range entries {
		list = append(list, beat.Decision{ID: e.ID, Prev: prev, To: to, Fire: true, Next: to.Add(time.Minute), Spec: 1})
	}
	return list
}

// claim claims decisions under a new batch.
func (e *env) claim(s Store, l beat.Lease, d []beat.Decision) []beat.EntryID {
	e.Helper()
	taken, err := s.Claim(e.ctx, l, beat.Batch{ID: newID(), Decisions: d})
	e.noErr(err)
	return taken
}

// claimAll starts the cursors of entries an hour before at and fires each at that instant; it returns the batch.
func (e *env) claimAll(s Store, l beat.Lease, entries []beat.Entry, at time.Time) beat.Batch {
	e.Helper()
	start := at.Add(-time.Hour)
	e.equal("started", e.claim(s, l, first(entries, start)), ids(entries))
	b := beat.Batch{ID: newID(), Decisions: runs(entries, start, at)}
	taken, err := s.Claim(e.ctx, l, b)
	e.noErr(err)
	e.equal("fired", taken, ids(entries))
	return b
}

func cursorsMatched(e *env) {
	entries := e.addMany(4)
	l := e.lead(e.a, forever)
	at := e.now(e.a)
	start := at.Add(-time.Hour)
	e.equal("started", e.claim(e.a, l, first(entries[:3], start)), ids(entries[:3]))

	d := runs(entries, start, at)
	d[1].Prev = start.Add(time.Microsecond) // stands elsewhere
	d[2].Prev = time.Time{}                 // has a cursor already
	// entry 3 has none
	e.equal("taken", e.claim(e.b, l, d), ids(entries[:1]))
	want := beat.Cursor{
		ID: entries[0].ID, DecidedTo: at, LastRun: at, Next: at.Add(time.Minute), Spec: 1, Fires: 1,
	}
	e.equal("cursor", e.cursor(e.a, entries[0].ID), want)
	e.equal("loser", e.cursor(e.a, entries[1].ID), beat.Cursor{ID: entries[1].ID, DecidedTo: start, Spec: 1})
	e.equal("loser", e.cursor(e.a, entries[2].ID), beat.Cursor{ID: entries[2].ID, DecidedTo: start, Spec: 1})
	found, err := e.a.Get(e.ctx, ids(entries))
	e.noErr(err)
	if _, ok := found[entries[3].ID]; ok || len(found) != 3 {
		e.Errorf("cursors %v, want three", found)
	}
	again := e.lead2(l)
	open, err := e.b.Unsettled(e.ctx, again)
	e.noErr(err)
	if len(open) != 1 || len(open[0].Runs) != 1 || open[0].Runs[0].ID != entries[0].ID {
		e.Errorf("unsettled %+v, want one run", open)
	}
}

// lead2 takes the lease over from l.
func (e *env) lead2(l beat.Lease) beat.Lease {
	e.Helper()
	e.noErr(e.a.Release(e.ctx, l))
	return e.lead(e.b, forever)
}

func noRun(e *env) {
	entries := e.addMany(1)
	id := entries[0].ID
	l := e.lead(e.a, forever)
	at := e.now(e.a)
	e.claimAll(e.a, l, entries, at)
	note := beat.Decision{ID: id, Prev: at, To: at, Spec: 1<<63 + 5, Note: "timezone: \"Mars\" is unknown"}
	e.equal("taken", e.claim(e.a, l, []beat.Decision{note}), []beat.EntryID{id})
	want := beat.Cursor{ID: id, DecidedTo: at, LastRun: at, Spec: note.Spec, Fires: 1, Note: note.Note}
	e.equal("cursor", e.cursor(e.b, id), want)
}

func goesBack(e *env) {
	entries := e.addMany(1)
	l := e.lead(e.a, forever)
	at := e.now(e.a)
	e.claimAll(e.a, l, entries, at)
	back := beat.Decision{ID: entries[0].ID, Prev: at, To: at.Add(-time.Second)}
	again := beat.Decision{ID: entries[0].ID, Prev: at, To: at, Fire: true}
	e.equal("back", e.claim(e.a, l, []beat.Decision{back}), []beat.EntryID(nil))
	e.equal("the same run", e.claim(e.a, l, []beat.Decision{again}), []beat.EntryID(nil))
}

// sharedLease: what one handle has claimed counts for the other at once, though both lead by the same lease.
func sharedLease(e *env) {
	entries := e.addMany(2)
	l := e.lead(e.a, forever)
	at := e.now(e.a).Add(-time.Minute)
	e.equal("started", e.claim(e.b, l, first(entries, at)), ids(entries))
	for _, s := range []Store{e.a, e.b, e.b, e.a} {
		to := at.Add(time.Second)
		e.equal("taken", e.claim(s, l, runs(entries, at, to)), ids(entries))
		at = to
	}
	e.equal("fires", e.cursor(e.a, entries[0].ID).Fires, int64(4))
	e.noErr(e.a.Release(e.ctx, l))
	stale := beat.Batch{ID: newID(), Decisions: runs(entries, at, at)} // nothing of it could be carried out
	if _, err := e.b.Claim(e.ctx, l, stale); !errors.Is(err, beat.ErrFenced) {
		e.Errorf("after the other handle has given the lease up: %v, want ErrFenced", err)
	}
}

// claimForeign: a decision about an entry of another namespace is one about an entry that is not there.
func claimForeign(e *env) {
	entries := e.addMany(3)[2:] // elsewhere the same ids may be given out again
	other := e.open(e.T, "other")
	l, foreign := e.lead(e.a, forever), e.lead(other, forever)
	at := e.now(e.a)
	start := at.Add(-time.Hour)
	refused := func(what string, d []beat.Decision) {
		e.Helper()
		before := e.cursor(e.a, entries[0].ID)
		e.equal(what, e.claim(other, foreign, d), []beat.EntryID(nil))
		e.equal("cursor after "+what, e.cursor(e.a, entries[0].ID), before)
	}
	refused("the first decision", first(entries, start))
	refused("a first run", runs(entries, time.Time{}, start))
	e.claim(e.a, l, first(entries, start))
	entry, err := e.a.Lookup(e.ctx, entries[0].ID) // tables of other schedulers show what was decided
	e.noErr(err)
	last := runs(entries, start, at)
	last[0].End = beat.EndTask
	refused("a decision", []beat.Decision{{ID: entries[0].ID, Prev: start, To: at}})
	refused("a run", runs(entries, start, at))
	refused("the last run", last)
	got, err := e.a.Lookup(e.ctx, entries[0].ID)
	e.noErr(err)
	e.equal("entry", got, entry)
	e.equal("by its own leader", e.claim(e.a, l, last), ids(entries))
}

func sameClaim(e *env) {
	entries := e.addMany(3)
	l := e.lead(e.a, forever)
	at := e.now(e.a)
	e.claim(e.a, l, first(entries[:2], at.Add(-time.Hour)))
	b := beat.Batch{ID: newID(), Decisions: runs(entries, at.Add(-time.Hour), at)}
	b.Decisions[0].Missed, b.Decisions[0].MissedReason = 3, "skipped"
	b.Decisions[0].MissedFrom, b.Decisions[0].MissedTo = at.Add(-time.Minute), at.Add(-time.Second)
	for range 3 {
		taken, err := e.b.Claim(e.ctx, l, b)
		e.noErr(err)
		e.equal("taken", taken, ids(entries[:2]))
		if c := e.cursor(e.a, entries[0].ID); c.Fires != 1 {
			e.Errorf("fires is %d, want 1", c.Fires)
		}
	}
	e.claim(e.a, l, runs(entries[:1], at, at.Add(time.Millisecond))) // moved on since
	taken, err := e.b.Claim(e.ctx, l, b)
	e.noErr(err)
	e.equal("taken", taken, ids(entries[:2]))
	open, err := e.b.Unsettled(e.ctx, e.lead2(l))
	e.noErr(err)
	if len(open) != 2 || len(open[0].Runs) != 2 {
		e.Errorf("unsettled %+v, want two batches, the first with two runs", open)
	}
}

func sameClaimNoRuns(e *env) {
	entries := e.addMany(2)
	l := e.lead(e.a, forever)
	b := beat.Batch{ID: newID(), Decisions: first(entries, e.now(e.a))}
	for range 2 {
		taken, err := e.a.Claim(e.ctx, l, b)
		e.noErr(err)
		e.equal("taken", taken, ids(entries))
	}
}

func oldEpoch(e *env) {
	entries := e.addMany(1)
	old := e.lead(e.a, anInstant)
	at := e.now(e.a)
	b := e.claimAll(e.a, old, entries, at)
	now := e.lead(e.b, forever)
	wrong := now
	wrong.Holder = old.Holder
	for _, l := range []beat.Lease{old, wrong} {
		_, err := e.a.Claim(e.ctx, l, beat.Batch{
			ID: newID(), Decisions: runs(entries, at, at.Add(time.Millisecond)), Done: []beat.Settlement{{Batch: b.ID}},
		})
		if !errors.Is(err, beat.ErrFenced) {
			e.Errorf("Claim = %v, want ErrFenced", err)
		}
		if err := e.a.Settle(e.ctx, l, []beat.Settlement{{Batch: b.ID}}); !errors.Is(err, beat.ErrFenced) {
			e.Errorf("Settle = %v, want ErrFenced", err)
		}
	}
	if c := e.cursor(e.b, entries[0].ID); !c.DecidedTo.Equal(at) || c.Fires != 1 {
		e.Errorf("cursor %+v was moved", c)
	}
	open, err := e.b.Unsettled(e.ctx, now)
	e.noErr(err)
	if len(open) != 1 || open[0].ID != b.ID {
		e.Errorf("unsettled %+v, want the first batch", open)
	}
}

func aheadOfClock(e *env) {
	entries := e.addMany(3)
	l := e.lead(e.a, forever)
	at := e.now(e.a)
	e.claim(e.a, l, first(entries, at.Add(-time.Hour)))
	d := runs(entries, at.Add(-time.Hour), at)
	d[0].To = at.Add(time.Hour)
	d[1].To = at.Add(300 * time.Millisecond)
	e.equal("taken", e.claim(e.a, l, d), ids(entries[1:]))
	later := beat.Decision{ID: entries[0].ID, Prev: at.Add(-time.Hour), To: at.Add(time.Hour)}
	e.equal("without a run", e.claim(e.a, l, []beat.Decision{later}), []beat.EntryID(nil))
}

func unsettled(e *env) {
	entries := e.addMany(4)
	l := e.lead(e.a, forever)
	at := e.now(e.a)
	e.claim(e.a, l, first(entries, at.Add(-time.Hour)))
	var want []beat.OpenBatch
	for i, entry := range entries {
		b := beat.Batch{ID: newID(), Decisions: runs(entries[i:i+1], at.Add(-time.Hour), at.Add(-time.Duration(i)*time.Second))}
		if i%2 == 1 {
			b.Payload = []byte{0, 1, 0xff, '\'', '\\'}
		}
		_, err := e.a.Claim(e.ctx, l, b)
		e.noErr(err)
		want = append(want, beat.OpenBatch{
			ID: b.ID, Epoch: l.Epoch, Payload: b.Payload,
			Runs: []beat.Run{{ID: entry.ID, Instant: b.Decisions[0].To}},
		})
	}
	own, err := e.a.Unsettled(e.ctx, l)
	e.noErr(err)
	e.equal("of the own epoch", own, []beat.OpenBatch(nil))
	l = e.lead2(l)
	e.noErr(e.b.Settle(e.ctx, l, []beat.Settlement{{Batch: want[1].ID}}))
	open, err := e.b.Unsettled(e.ctx, l)
	e.noErr(err)
	e.equal("unsettled", open, slices.Delete(want, 1, 2))
}

func settle(e *env) {
	entries := e.addMany(3)
	l := e.lead(e.a, forever)
	at := e.now(e.a)
	b := e.claimAll(e.a, l, entries, at)
	done := []beat.Settlement{{Batch: b.ID, Failed: []beat.Failure{
		{ID: entries[1].ID, Instant: at, State: message.Returned, Reason: "NO_ROUTE: no queue"},
		{ID: entries[2].ID, Instant: at, State: message.Unknown},
		{ID: entries[0].ID, Instant: at.Add(time.Second), State: message.Refused, Reason: "another run"},
	}}}
	for range 2 { // once more changes nothing
		e.noErr(e.a.Settle(e.ctx, l, done))
		e.noErr(e.a.Settle(e.ctx, l, []beat.Settlement{{Batch: newID()}, {Batch: b.ID}}))
	}
	e.needs("History", e.a.Features().History)
	for i, want := range []beat.Record{
		{State: "confirmed"},
		{State: "returned", Reason: "NO_ROUTE: no queue"},
		{State: "unknown"},
	} {
		got, err := e.b.History(e.ctx, entries[i].ID, at.Add(time.Hour), 10)
		e.noErr(err)
		if len(got) != 1 {
			e.Fatalf("history of entry %d: %+v, want one record", i, got)
		}
		if got[0].ClaimedAt.IsZero() || got[0].SettledAt.Before(got[0].ClaimedAt) {
			e.Errorf("claimed at %v, settled at %v", got[0].ClaimedAt, got[0].SettledAt)
		}
		want.Run = beat.Run{ID: entries[i].ID, Instant: at}
		want.Epoch, want.Batch, want.ClaimedAt, want.SettledAt = l.Epoch, b.ID, got[0].ClaimedAt, got[0].SettledAt
		e.equal("record", got[0], want)
	}
}

func settleWithClaim(e *env) {
	entries := e.addMany(2)
	l := e.lead(e.a, forever)
	at := e.now(e.a).Add(-time.Second)
	b := e.claimAll(e.a, l, entries, at)
	next := at.Add(time.Millisecond)
	_, err := e.a.Claim(e.ctx, l, beat.Batch{
		ID: newID(), Decisions: runs(entries[:1], at, next),
		Done: []beat.Settlement{{Batch: b.ID, Failed: []beat.Failure{
			{ID: entries[1].ID, Instant: at, State: message.Refused, Reason: "too large"},
		}}},
	})
	e.noErr(err)
	open, err := e.b.Unsettled(e.ctx, e.lead2(l))
	e.noErr(err)
	if len(open) != 1 || !open[0].Runs[0].Instant.Equal(next) {
		e.Errorf("unsettled %+v, want only the second batch", open)
	}
	if got, err := e.b.History(e.ctx, entries[1].ID, next, 1); err != nil || len(got) == 1 && got[0].State != "refused" {
		e.Errorf("history %+v, %v", got, err)
	}
}

func settleForeign(e *env) {
	entries := e.addMany(1)
	l := e.lead(e.a, forever)
	b := e.claimAll(e.a, l, entries, e.now(e.a))
	other := e.open(e.T, "other")
	foreign := e.lead(other, forever)
	e.noErr(other.Settle(e.ctx, foreign, []beat.Settlement{{Batch: b.ID}}))
	open, err := e.b.Unsettled(e.ctx, e.lead2(l))
	e.noErr(err)
	if len(open) != 1 {
		e.Errorf("a batch was settled from another namespace: %+v", open)
	}
}

func lastRun(e *env) {
	entries := e.addMany(2)
	second := task("")
	second.TaskID = entries[0].TaskID
	second, err := e.a.Add(e.ctx, second)
	e.noErr(err)
	l := e.lead(e.a, forever)
	at := e.now(e.a)
	e.claim(e.a, l, first(entries, at.Add(-time.Hour)))
	v := e.latest(e.b)
	d := runs(entries, at.Add(-time.Hour), at)
	d[0].End, d[1].End = beat.EndTask, beat.EndSchedule
	e.equal("taken", e.claim(e.a, l, d), ids(entries))
	for i, want := range []struct{ enabled, active bool }{{false, true}, {true, false}} {
		got, err := e.b.Lookup(e.ctx, entries[i].ID)
		e.noErr(err)
		if got.Enabled != want.enabled || got.Active != want.active {
			e.Errorf("entry %d: enabled %v, active %v, want %+v", i, got.Enabled, got.Active, want)
		}
		if !got.ModifiedAt.After(entries[i].ModifiedAt) {
			e.Errorf("entry %d: modified at %v, was %v", i, got.ModifiedAt, entries[i].ModifiedAt)
		}
	}
	changed, _, _ := e.since(e.b, v)
	want := append(ids(entries), second.ID)
	slices.Sort(want)
	e.equal("changed", changed, want)
	e.equal("again", e.claim(e.a, l, runs(entries, at, at.Add(time.Millisecond))), []beat.EntryID(nil))
}
