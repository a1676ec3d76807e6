package storetest

import (
	"errors"
	"time"

	"github.com/gobeat/gobeat/beat"
)

func claimedNotDue(e *env) {
	agenda := e.agenda(e.b)
	entries := e.addMany(2)
	l := e.lead(e.a, forever)
	at := e.now(e.a)
	e.plan(l, entries, at, at)
	d := runs(entries[:1], epoch, at)
	e.equal("taken", e.claim(e.a, l, d), ids(entries[:1]))
	e.equal("due", e.due(agenda, at, 10), names(entries[1:]))
	e.equal("taken by another", e.claim(e.b, l, d), []beat.EntryID(nil))
}

// decidedOnce is what delivery at most once rests on: the cursor has moved before anything is sent.
func decidedOnce(e *env) {
	entries := e.addMany(1)
	l := e.lead(e.a, forever)
	at := e.now(e.a)
	e.claimAll(e.a, l, entries, at)
	l = e.lead2(l) // the first leader has died before it sent anything
	for _, prev := range []time.Time{{}, at.Add(-time.Hour), at} {
		e.equal("taken again", e.claim(e.b, l, runs(entries, prev, at)), []beat.EntryID(nil))
	}
}

func extend(e *env) {
	x := e.extender(e.a)
	entries := e.addMany(2)
	l := e.lead(e.a, time.Minute)
	b := e.claimAll(e.a, l, entries[:1], e.now(e.a))
	until := l.Expires.Add(time.Hour)
	longer, err := x.Extend(e.ctx, l, b.ID, until)
	e.noErr(err)
	st, err := e.b.Leader(e.ctx, 0)
	e.noErr(err)
	if !longer.Expires.Equal(until) || !st.Expires.Equal(until) || longer.Epoch != l.Epoch {
		e.Errorf("lease %+v, leader %+v, want until %v", longer, st, until)
	}
	same, err := x.Extend(e.ctx, longer, b.ID, until.Add(-time.Minute))
	e.noErr(err)
	if !same.Expires.Equal(until) {
		e.Errorf("lease %+v, want it not shortened from %v", same, until)
	}
	if _, err := x.Extend(e.ctx, same, newID(), until); !errors.Is(err, beat.ErrNotFound) {
		e.Errorf("of an unknown batch: %v, want ErrNotFound", err)
	}
	_, err = e.a.Renew(e.ctx, same, forever)
	e.noErr(err)
	e.noErr(e.a.Settle(e.ctx, same, []beat.Settlement{{Batch: b.ID}}))
	if _, err := x.Extend(e.ctx, same, b.ID, until); !errors.Is(err, beat.ErrNotFound) {
		e.Errorf("of a settled batch: %v, want ErrNotFound", err)
	}
	other := e.claimAll(e.a, same, entries[1:], e.now(e.a))
	e.lead2(same)
	if _, err := x.Extend(e.ctx, same, other.ID, until); !errors.Is(err, beat.ErrFenced) {
		e.Errorf("after the loss: %v, want ErrFenced", err)
	}
}
