package storetest

import (
	"errors"
	"slices"
	"time"

	"github.com/gobeat/gobeat/beat"
)

var executionCases = []testCase{ //nolint:gochecknoglobals // a table of tests
	{"E1 never run", neverRun},
	{"E2 instants to the microsecond, in UTC", microseconds},
	{"E3 cursors survive close and open", survives},
	{"E4 the newest of the history is the last run", newest},
	{"E5 history pages backwards", historyPages},
	{"E5 what was given up is told with its reason", omissions},
	{"E4 list shows the cursor", listCursor},
	{"E1 no last execution until something ran", lastExecution},
	{"E1 no last execution of another namespace", lastOfAnother},
	{"E5 no history of another namespace", historyOfAnother},
	{"E6 cursors are put while nobody leads", putCursors},
}

func neverRun(e *env) {
	entry := e.add("one")[0]
	found, err := e.a.Get(e.ctx, []beat.EntryID{entry.ID, "4711", "no number"})
	e.noErr(err)
	e.equal("cursors", found, map[beat.EntryID]beat.Cursor(nil))
	records, err := e.a.History(e.ctx, entry.ID, e.now(e.a), 10)
	e.noErr(err)
	e.equal("history", records, []beat.Record(nil))
	found, err = e.a.Get(e.ctx, nil)
	e.noErr(err)
	e.equal("cursors of none", found, map[beat.EntryID]beat.Cursor(nil))
}

func microseconds(e *env) {
	entries := e.addMany(1)
	l := e.lead(e.a, forever)
	zone := time.FixedZone("", -5*3600)
	start := time.Date(1970, 1, 1, 0, 0, 1, 1000, zone)
	at := time.Date(2024, 2, 29, 12, 0, 0, 123_456_789, zone)
	next := time.Date(2099, 12, 31, 23, 59, 59, 999_999_000, zone)
	e.claim(e.a, l, first(entries, start))
	d := runs(entries, start, at)
	d[0].Next = next
	e.equal("taken", e.claim(e.a, l, d), ids(entries))
	c := e.cursor(e.b, entries[0].ID)
	if want := at.Truncate(time.Microsecond); !c.DecidedTo.Equal(want) || !c.LastRun.Equal(want) || !c.Next.Equal(next) {
		e.Errorf("cursor %+v, want decided to %v, next %v", c, want, next)
	}
	if c.DecidedTo.Location() != time.UTC || c.Next.Location() != time.UTC {
		e.Errorf("cursor in %v and %v, want UTC", c.DecidedTo.Location(), c.Next.Location())
	}
}

func survives(e *env) {
	e.needs("Durable", e.a.Features().Durable)
	entries := e.addMany(1)
	at := e.now(e.a)
	e.claimAll(e.a, e.lead(e.a, forever), entries, at)
	e.noErr(e.a.Close())
	e.noErr(e.b.Close())
	e.a = e.open(e.T, "")
	if c := e.cursor(e.a, entries[0].ID); !c.LastRun.Equal(at) || c.Fires != 1 {
		e.Errorf("cursor %+v, want the run at %v", c, at)
	}
}

// fired fires entries n times, a second apart, and settles each; it returns the instants.
func (e *env) fired(entries []beat.Entry, n int) []time.Time {
	e.Helper()
	l := e.lead(e.a, forever)
	start := e.now(e.a).Add(-time.Hour)
	e.claim(e.a, l, first(entries, start))
	var instants []time.Time
	prev := start
	for i := range n {
		to := start.Add(time.Duration(i+1) * time.Second)
		b := beat.Batch{ID: newID(), Decisions: runs(entries, prev, to)}
		_, err := e.a.Claim(e.ctx, l, b)
		e.noErr(err)
		e.noErr(e.a.Settle(e.ctx, l, []beat.Settlement{{Batch: b.ID}}))
		instants = append(instants, to)
		prev = to
	}
	return instants
}

func newest(e *env) {
	e.needs("History", e.a.Features().History)
	entries := e.addMany(1)
	instants := e.fired(entries, 3)
	c := e.cursor(e.b, entries[0].ID)
	got, err := e.b.History(e.ctx, entries[0].ID, e.now(e.b), 1)
	e.noErr(err)
	if len(got) != 1 || !got[0].Instant.Equal(c.LastRun) || !c.LastRun.Equal(instants[2]) || c.Fires != 3 {
		e.Errorf("history %+v, cursor %+v, want %v", got, c, instants[2])
	}
}

func historyPages(e *env) {
	e.needs("History", e.a.Features().History)
	entries := e.addMany(2)
	instants := e.fired(entries, 7)
	before := e.now(e.b)
	var got []time.Time
	for {
		page, err := e.b.History(e.ctx, entries[1].ID, before, 3)
		e.noErr(err)
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			got = append([]time.Time{r.Instant}, got...)
			before = r.Instant
		}
	}
	e.equal("instants", got, instants)
}

func omissions(e *env) {
	e.needs("History", e.a.Features().History)
	entries := e.addMany(2)
	l := e.lead(e.a, forever)
	start := e.now(e.a).Add(-time.Hour)
	e.claim(e.a, l, first(entries, start))
	var want []beat.Omission
	prev := start
	for i, reason := range []string{"coalesced", "skipped", "expired"} {
		to := start.Add(time.Duration(i+1) * time.Minute)
		d := runs(entries[:1], prev, to)
		d[0].Missed, d[0].MissedReason = int64(i+2), reason
		d[0].MissedFrom, d[0].MissedTo = prev.Add(time.Second), to.Add(-time.Second)
		e.claim(e.a, l, d)
		want = append([]beat.Omission{{
			ID: entries[0].ID, From: d[0].MissedFrom, To: d[0].MissedTo, Count: int64(i + 2), Reason: reason,
		}}, want...)
		prev = to
	}
	got, err := e.b.Omissions(e.ctx, entries[0].ID, prev, 10)
	e.noErr(err)
	for i := range got {
		if since := e.now(e.b).Sub(got[i].At); since < -time.Second || since > time.Minute {
			e.Errorf("given up at %v", got[i].At)
		}
		got[i].At = time.Time{}
	}
	e.equal("omissions", got, want)
	page, err := e.b.Omissions(e.ctx, entries[0].ID, want[0].To, 1)
	e.noErr(err)
	if len(page) != 1 || !page[0].To.Equal(want[1].To) {
		e.Errorf("page %+v, want the one before %v", page, want[0].To)
	}
	none, err := e.b.Omissions(e.ctx, entries[1].ID, prev, 10)
	e.noErr(err)
	if len(none) != 0 {
		e.Errorf("of the other entry: %+v", none)
	}
}

func listCursor(e *env) {
	entries := e.addMany(2)
	at := e.now(e.a)
	e.claimAll(e.a, e.lead(e.a, forever), entries[:1], at)
	got, _, err := e.b.List(e.ctx, beat.Filter{}, "", 10)
	e.noErr(err)
	if len(got) != 2 || !got[0].Cursor.LastRun.Equal(at) || !got[1].Cursor.DecidedTo.IsZero() {
		e.Errorf("listed %+v", got)
	}
}

func lastExecution(e *env) {
	ledger := e.ledger(e.b)
	entries := e.addMany(3)
	l := e.lead(e.a, forever)
	at := e.now(e.a)
	e.claim(e.a, l, first(entries[:1], at))
	if last, some, err := ledger.LastExecution(e.ctx); err != nil || some || !last.IsZero() {
		e.Errorf("before any run: %v, %v, %v", last, some, err)
	}
	e.claimAll(e.a, l, entries[1:2], at)
	e.claimAll(e.a, l, entries[2:], at.Add(-time.Microsecond))
	last, some, err := ledger.LastExecution(e.ctx)
	if err != nil || !some || !last.Equal(at) || last.Location() != time.UTC {
		e.Errorf("last execution %v, %v, %v, want %v", last, some, err, at)
	}
	e.noErr(e.a.Delete(e.ctx, entries[1].ID))
	if last, some, err := ledger.LastExecution(e.ctx); err != nil || !some || !last.Equal(at.Add(-time.Microsecond)) {
		e.Errorf("after that entry is gone: %v, %v, %v, want the one before", last, some, err)
	}
}

func lastOfAnother(e *env) {
	other := e.ledger(e.open(e.T, "other"))
	e.claimAll(e.a, e.lead(e.a, forever), e.addMany(1), e.now(e.a))
	if last, some, err := other.LastExecution(e.ctx); err != nil || some {
		e.Errorf("of another namespace: %v, %v, %v", last, some, err)
	}
}

func historyOfAnother(e *env) {
	e.needs("History", e.a.Features().History)
	entries := e.addMany(1)
	l := e.lead(e.a, forever)
	at := e.now(e.a)
	start := at.Add(-time.Hour)
	e.claim(e.a, l, first(entries, start))
	b := beat.Batch{ID: newID(), Decisions: runs(entries, start, at)}
	d := &b.Decisions[0]
	d.Missed, d.MissedReason, d.MissedFrom, d.MissedTo = 1, "skipped", start, start
	_, err := e.a.Claim(e.ctx, l, b)
	e.noErr(err)
	e.noErr(e.a.Settle(e.ctx, l, []beat.Settlement{{Batch: b.ID}}))
	for _, c := range []struct {
		store Store
		want  int
	}{{e.open(e.T, "other"), 0}, {e.b, 1}} {
		runs, err := c.store.History(e.ctx, entries[0].ID, at.Add(time.Hour), 10)
		e.noErr(err)
		missed, err := c.store.Omissions(e.ctx, entries[0].ID, at.Add(time.Hour), 10)
		e.noErr(err)
		if len(runs) != c.want || len(missed) != c.want {
			e.Errorf("%d runs and %d missed, want %d of each: %+v, %+v", len(runs), len(missed), c.want, runs, missed)
		}
	}
}

func putCursors(e *env) {
	ledger := e.ledger(e.a)
	entries := e.addMany(2)
	at := e.now(e.a)
	list := []beat.Cursor{
		{ID: entries[0].ID, DecidedTo: at, LastRun: at, Next: at.Add(time.Hour), Spec: 1<<63 + 7, Fires: 3, Note: "moved"},
		{ID: entries[1].ID, DecidedTo: at.Add(time.Second)},
	}
	l := e.lead(e.b, forever)
	e.claim(e.b, l, first(entries[:1], at.Add(-time.Hour)))
	if err := ledger.Put(e.ctx, list); !errors.Is(err, beat.ErrFenced) {
		e.Errorf("under a lease: %v, want ErrFenced", err)
	}
	e.noErr(e.b.Release(e.ctx, l))
	unknown := append(slices.Clone(list), beat.Cursor{ID: "4711", DecidedTo: at})
	if err := ledger.Put(e.ctx, unknown); !errors.Is(err, beat.ErrNotFound) {
		e.Errorf("of an unknown entry: %v, want ErrNotFound", err)
	}
	if c := e.cursor(e.b, entries[1].ID); !c.DecidedTo.IsZero() {
		e.Errorf("cursor %+v, want none yet", c)
	}
	e.noErr(ledger.Put(e.ctx, list))
	for _, want := range list {
		e.equal("cursor", e.cursor(e.b, want.ID), want)
	}
	l = e.lead(e.b, forever)
	d := runs(entries[:1], at, at.Add(time.Microsecond))
	e.equal("taken from there", e.claim(e.b, l, d), ids(entries[:1]))
}
