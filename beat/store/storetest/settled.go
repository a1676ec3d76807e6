package storetest

import (
	"slices"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/message"
)

func settled(e *env) {
	entries := e.addMany(3)
	l := e.lead(e.a, forever)
	at := e.now(e.a)
	e.claim(e.a, l, first(entries, at.Add(-time.Hour)))
	var want []beat.OpenBatch
	for i := range entries {
		b := beat.Batch{ID: newID(), Decisions: runs(entries[i:i+1], at.Add(-time.Hour), at), Payload: []byte{byte(i)}}
		_, err := e.a.Claim(e.ctx, l, b)
		e.noErr(err)
		want = append(want, beat.OpenBatch{
			ID: b.ID, Epoch: l.Epoch, Payload: b.Payload, Runs: []beat.Run{{ID: entries[i].ID, Instant: at}},
		})
	}
	want[1].Failed = []beat.Failure{{ID: entries[1].ID, Instant: at, State: message.Returned, Reason: "no queue"}}
	e.noErr(e.a.Settle(e.ctx, l, []beat.Settlement{{Batch: want[1].ID, Failed: want[1].Failed}}))
	e.noErr(e.a.Settle(e.ctx, l, []beat.Settlement{{Batch: want[0].ID}}))

	l = e.lead2(l) // whoever leads sees those of all epochs
	got, err := e.b.Settled(e.ctx, l, time.Hour)
	e.noErr(err)
	e.equal("settled, in the order of settling", got, []beat.OpenBatch{want[1], want[0]})
	got, err = e.b.Settled(e.ctx, l, 0)
	e.noErr(err)
	e.equal("settled just now", got, []beat.OpenBatch(nil))
	other := l
	other.Shard = 1
	got, err = e.b.Settled(e.ctx, other, time.Hour)
	e.noErr(err)
	e.equal("of another shard", got, []beat.OpenBatch(nil))
	if got, err := e.open(e.T, "other").Settled(e.ctx, l, time.Hour); err != nil || len(got) > 0 {
		e.Errorf("of another namespace: %+v, %v", got, err)
	}
}

func correct(e *env) {
	entries := e.addMany(2)
	l := e.lead(e.a, forever)
	at := e.now(e.a)
	b := e.claimAll(e.a, l, entries, at)
	e.noErr(e.a.Settle(e.ctx, l, []beat.Settlement{{Batch: b.ID}}))
	lost := []beat.Failure{{ID: entries[1].ID, Instant: at, State: message.Unknown, Reason: "lost"}}
	foreign := e.open(e.T, "other")
	e.noErr(foreign.Settle(e.ctx, e.lead(foreign, forever), []beat.Settlement{{Batch: b.ID, Failed: []beat.Failure{
		{ID: entries[0].ID, Instant: at, State: message.Refused, Reason: "not theirs"},
	}}}))
	for range 2 {
		e.noErr(e.b.Settle(e.ctx, l, []beat.Settlement{{Batch: b.ID, Failed: lost}}))
	}
	got, err := e.b.Settled(e.ctx, l, time.Hour)
	e.noErr(err)
	if len(got) != 1 || !slices.Equal(got[0].Failed, lost) {
		e.Errorf("settled %+v, want one batch with %+v", got, lost)
	}
	e.needs("History", e.a.Features().History)
	for i, want := range []string{"confirmed ", "unknown lost"} {
		found, err := e.a.History(e.ctx, entries[i].ID, at.Add(time.Hour), 10)
		e.noErr(err)
		if len(found) != 1 || found[0].State+" "+found[0].Reason != want {
			e.Errorf("history of entry %d: %+v, want %q", i, found, want)
		}
	}
}
