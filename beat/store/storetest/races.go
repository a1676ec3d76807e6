package storetest

import (
	"errors"
	"sync"
	"time"

	"github.com/gobeat/gobeat/beat"
)

func race(e *env) {
	const handles, size, rounds = 8, 200, 5
	entries := e.addMany(size)
	l := e.lead(e.a, forever)
	at := e.now(e.a).Add(-time.Minute)
	e.claim(e.a, l, first(entries, at))
	stores := make([]Store, handles)
	for i := range stores {
		stores[i] = e.open(e.T, "")
	}
	for round := range rounds {
		prev, to := at.Add(time.Duration(round)*time.Second), at.Add(time.Duration(round+1)*time.Second)
		var mu sync.Mutex
		count := map[beat.EntryID]int{}
		var wg sync.WaitGroup
		for _, s := range stores {
			wg.Go(func() {
				taken, err := s.Claim(e.ctx, l, beat.Batch{ID: newID(), Decisions: runs(entries, prev, to)})
				if err != nil {
					e.Errorf("Claim: %v", err)
				}
				mu.Lock()
				defer mu.Unlock()
				for _, id := range taken {
					count[id]++
				}
			})
		}
		wg.Wait()
		for _, entry := range entries {
			if count[entry.ID] != 1 {
				e.Fatalf("round %d: entry %s was taken %d times", round, entry.ID, count[entry.ID])
			}
		}
	}
	for id, c := range e.cursors(entries) {
		if c.Fires != rounds {
			e.Errorf("entry %s: %d fires, want %d", id, c.Fires, rounds)
		}
	}
}

func (e *env) cursors(entries []beat.Entry) map[beat.EntryID]beat.Cursor {
	e.Helper()
	found, err := e.a.Get(e.ctx, ids(entries))
	e.noErr(err)
	if len(found) != len(entries) {
		e.Errorf("%d cursors, want %d", len(found), len(entries))
	}
	return found
}

func raceOfTakeovers(e *env) {
	entries := e.addMany(20)
	at := e.now(e.a).Add(-time.Minute)
	e.claim(e.a, e.lead(e.a, anInstant), first(entries, at))
	var mu sync.Mutex
	took := map[beat.Run][]int64{}
	var wg sync.WaitGroup
	for i := range 4 {
		s := e.open(e.T, "")
		wg.Go(func() {
			for n := range 5 {
				l, err := s.Acquire(e.ctx, 0, holder("racer"), anInstant, 0)
				if _, held := errors.AsType[*beat.HeldError](err); held {
					continue // the clock of a store in a file is read before it waits for others
				}
				if err != nil {
					e.Errorf("racer %d: Acquire: %v", i, err)
					return
				}
				prev, to := at.Add(time.Duration(n)*time.Second), at.Add(time.Duration(n+1)*time.Second)
				taken, err := s.Claim(e.ctx, l, beat.Batch{ID: newID(), Decisions: runs(entries, prev, to)})
				if err != nil && !errors.Is(err, beat.ErrFenced) {
					e.Errorf("racer %d: Claim: %v", i, err)
				}
				mu.Lock()
				for _, id := range taken {
					run := beat.Run{ID: id, Instant: to}
					took[run] = append(took[run], l.Epoch)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for run, epochs := range took {
		if len(epochs) != 1 {
			e.Errorf("run %v was taken under epochs %v", run, epochs)
		}
	}
	open, err := e.a.Unsettled(e.ctx, e.lead(e.a, forever))
	e.noErr(err)
	n := 0
	for _, b := range open {
		n += len(b.Runs)
	}
	if n != len(took) {
		e.Errorf("%d runs in batches, %d were taken", n, len(took))
	}
}

func editedBefore(e *env) {
	entries := e.addMany(4)
	l := e.lead(e.a, forever)
	at := e.now(e.a)
	e.claim(e.a, l, first(entries[:3], at.Add(-time.Hour)))
	e.noErr(e.b.Delete(e.ctx, entries[0].ID))
	e.noErr(e.b.SetEnabled(e.ctx, entries[1].TaskID, false))
	entries[2].Active = false
	_, err := e.b.Update(e.ctx, entries[2])
	e.noErr(err)
	e.noErr(e.b.Delete(e.ctx, entries[3].ID))
	d := runs(entries, at.Add(-time.Hour), at)
	d[3].Prev, d[3].Fire = time.Time{}, false
	e.equal("taken", e.claim(e.a, l, d), []beat.EntryID(nil))
	off := beat.Decision{ID: entries[1].ID, Prev: at.Add(-time.Hour), To: at, Note: "switched off"}
	e.equal("without a run", e.claim(e.a, l, []beat.Decision{off}), ids(entries[1:2]))
}

func batchOfShard(e *env) {
	entries := e.addMany(1)
	l := e.lead(e.a, forever)
	b := e.claimAll(e.a, l, entries, e.now(e.a))
	other, err := e.b.Acquire(e.ctx, 1, holder("other"), forever, l.Epoch+10)
	e.noErr(err)
	open, err := e.b.Unsettled(e.ctx, other)
	e.noErr(err)
	e.equal("of the other shard", open, []beat.OpenBatch(nil))
	e.noErr(e.b.Settle(e.ctx, other, []beat.Settlement{{Batch: b.ID}}))
	open, err = e.b.Unsettled(e.ctx, e.lead2(l))
	e.noErr(err)
	if len(open) != 1 {
		e.Errorf("unsettled %+v, want the batch of shard 0", open)
	}
}

func largestBatch(e *env) {
	size := e.a.Features().MaxBatch
	if size < 1 {
		e.Fatalf("MaxBatch is %d", size)
	}
	entries := e.addMany(size)
	l := e.lead(e.a, forever)
	e.claimAll(e.a, l, entries, e.now(e.a))
	more := make([]beat.Decision, size+1)
	for i := range more {
		more[i] = beat.Decision{ID: beat.EntryID("9" + string(entries[i%size].ID)), To: e.now(e.a)}
	}
	if _, err := e.a.Claim(e.ctx, l, beat.Batch{ID: newID(), Decisions: more}); err == nil {
		e.Error("Claim of one more than MaxBatch gives no error")
	}
	twice := first([]beat.Entry{entries[0], entries[0]}, e.now(e.a))
	if _, err := e.a.Claim(e.ctx, l, beat.Batch{ID: newID(), Decisions: twice}); err == nil {
		e.Error("Claim of one entry twice gives no error")
	}
	taken, err := e.a.Claim(e.ctx, l, beat.Batch{ID: newID()})
	if err != nil || len(taken) != 0 {
		e.Errorf("empty Claim = %v, %v", taken, err)
	}
}

func deletedStays(e *env) {
	entries := e.addMany(2)
	l := e.lead(e.a, forever)
	at := e.now(e.a)
	b := e.claimAll(e.a, l, entries, at)
	e.noErr(e.b.Delete(e.ctx, entries[0].ID))
	e.noErr(e.a.Settle(e.ctx, l, []beat.Settlement{{Batch: b.ID}}))
	e.equal("taken", e.claim(e.a, l, runs(entries, at, at.Add(time.Millisecond))), ids(entries[1:]))
	e.equal("left", ids(e.all(e.b, 10)), ids(entries[1:]))
	if _, err := e.b.Lookup(e.ctx, entries[0].ID); !errors.Is(err, beat.ErrNotFound) {
		e.Errorf("Lookup = %v, want ErrNotFound", err)
	}
}
