package storetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// cuts is a test in which a handle loses its connection, and another one, which does not, sees what came of it.
type cuts struct {
	*env

	s    Store
	wire Wire
}

// cut does call once for each answer of the server that it waits for, with the connection cut in place of that one. check
// is given the outcome, which is none or unknown, but not a wrong one.
func (c cuts) cut(name string, prepare func(nth int) (call func() error, check func(done bool))) {
	c.Helper()
	for nth := 1; ; nth++ {
		call, check := prepare(nth)
		_, err := c.s.Latest(c.ctx) // connects
		c.noErr(err)
		c.wire.CutAt(nth)
		err = call()
		wasCut := c.wire.WasCut()
		c.wire.CutAt(0)
		if err != nil && !errors.Is(err, beat.ErrUnavailable) && !errors.Is(err, beat.ErrUnknownOutcome) {
			c.Errorf("%s, cut at answer %d: %v, want no error, ErrUnavailable or ErrUnknownOutcome", name, nth, err)
		}
		if check(err == nil); c.Failed() {
			c.Fatalf("%s, cut at answer %d: %v", name, nth, err)
		}
		if !wasCut {
			if nth == 1 {
				c.Errorf("%s waits for no answer", name)
			}
			return
		}
	}
}

// effect reports a call that had no effect and says that it had.
func (c cuts) effect(done, had bool) {
	c.Helper()
	if done && !had {
		c.Error("there is no error, and no effect")
	}
}

func cutEdits(e *env) {
	c := e.cuts()
	c.cut("Add", func(nth int) (func() error, func(bool)) {
		entry := task(fmt.Sprintf("added %d", nth))
		return func() error { _, err := c.s.Add(e.ctx, entry); return err }, func(done bool) {
			found, _, err := e.b.List(e.ctx, beat.Filter{Name: entry.Name}, "", 10)
			e.noErr(err)
			c.effect(done, len(found) == 1)
			if _, err := e.b.Add(e.ctx, entry); (err == nil) != (len(found) == 0) {
				e.Errorf("%d found, and adding it again: %v", len(found), err)
			}
		}
	})
	entry := e.add("one")[0]
	lookup := func() beat.Entry {
		got, err := e.b.Lookup(e.ctx, entry.ID)
		e.noErr(err)
		return got
	}
	c.cut("Update", func(nth int) (func() error, func(bool)) {
		changed := entry
		changed.Queue, changed.Spec.Every, changed.ModifiedAt = fmt.Sprint("q", nth), int64(nth)+100, time.Time{}
		return func() error { _, err := c.s.Update(e.ctx, changed); return err }, func(done bool) {
			got := lookup()
			c.effect(done, got.Queue == changed.Queue)
			if (got.Queue == changed.Queue) != (got.Spec.Every == changed.Spec.Every) {
				e.Errorf("half of it: %+v", got)
			}
		}
	})
	c.cut("SetEnabled", func(int) (func() error, func(bool)) {
		on := !lookup().Enabled
		return func() error { return c.s.SetEnabled(e.ctx, entry.TaskID, on) }, func(done bool) { c.effect(done, lookup().Enabled == on) }
	})
	c.cut("Delete", func(nth int) (func() error, func(bool)) {
		gone := e.add(fmt.Sprint("deleted ", nth))[0]
		return func() error { return c.s.Delete(e.ctx, gone.ID) }, func(done bool) {
			_, err := e.b.Lookup(e.ctx, gone.ID)
			c.effect(done, errors.Is(err, beat.ErrNotFound))
		}
	})
	c.cut("Purge", func(nth int) (func() error, func(bool)) {
		e.add(fmt.Sprint("purged ", nth))
		return func() error { return c.s.Purge(e.ctx) }, func(done bool) { c.effect(done, len(e.all(e.b, 10)) == 0) }
	})
}

func (e *env) cuts() cuts {
	e.Helper()
	r := e.rig()
	e.needs("cutting connections", r.Through != nil)
	s, wire := r.Through(e.T)
	return cuts{e, s, wire}
}

func cutClaims(e *env) {
	c := e.cuts()
	entry := e.add("one")[0]
	by := holder("leader")
	var l beat.Lease
	c.cut("Acquire", func(int) (func() error, func(bool)) {
		before := l.Epoch
		return func() error { _, err := c.s.Acquire(e.ctx, 0, by, forever, 0); return err }, func(bool) {
			var err error
			if l, err = e.b.Acquire(e.ctx, 0, by, forever, 0); err != nil || l.Epoch <= before {
				e.Errorf("again: %+v, %v, want an epoch above %d", l, err, before)
			}
		}
	})
	c.cut("Renew", func(int) (func() error, func(bool)) {
		return func() error { _, err := c.s.Renew(e.ctx, l, forever); return err }, func(bool) {
			var err error
			l, err = e.b.Renew(e.ctx, l, forever) // an answer that was lost is not taken for a renewal that was
			e.noErr(err)
		}
	})
	at := e.now(e.b).Add(-time.Hour)
	e.claim(e.b, l, first([]beat.Entry{entry}, at))
	var claimed []beat.Batch
	c.cut("Claim", func(int) (func() error, func(bool)) {
		b := beat.Batch{ID: newID(), Decisions: runs([]beat.Entry{entry}, at, at.Add(time.Second)), Payload: []byte("p")}
		return func() error { _, err := c.s.Claim(e.ctx, l, b); return err }, func(done bool) {
			c.effect(done, e.cursor(e.b, entry.ID).DecidedTo.Equal(b.Decisions[0].To))
			taken, err := e.b.Claim(e.ctx, l, b)
			e.noErr(err)
			claimed, at = append(claimed, b), b.Decisions[0].To
			e.equal("taken by the same batch", taken, []beat.EntryID{entry.ID})
			e.equal("runs", e.cursor(e.b, entry.ID).Fires, int64(len(claimed)))
		}
	})
	settled := map[uuid.UUID]bool{}
	c.cut("Settle", func(nth int) (func() error, func(bool)) {
		if nth > len(claimed) { // one more than there were answers to a claim
			b := beat.Batch{ID: newID(), Decisions: runs([]beat.Entry{entry}, at, at.Add(time.Second))}
			_, err := e.b.Claim(e.ctx, l, b)
			e.noErr(err)
			claimed, at = append(claimed, b), b.Decisions[0].To
		}
		batch := claimed[nth-1].ID
		return func() error { return c.s.Settle(e.ctx, l, []beat.Settlement{{Batch: batch}}) }, func(done bool) {
			list, err := e.b.Settled(e.ctx, l, time.Hour)
			e.noErr(err)
			c.effect(done, len(list) == len(settled)+1)
			e.noErr(e.b.Settle(e.ctx, l, []beat.Settlement{{Batch: batch}}))
			settled[batch] = true
			if list, err = e.b.Settled(e.ctx, l, time.Hour); err != nil || len(list) != len(settled) {
				e.Errorf("%d batches are settled, %v, want %d", len(list), err, len(settled))
			}
		}
	})
	c.cut("Release", func(int) (func() error, func(bool)) {
		mine, err := e.b.Acquire(e.ctx, 1, by, forever, 0)
		e.noErr(err)
		return func() error { return c.s.Release(e.ctx, mine) }, func(done bool) {
			if _, err := e.b.Acquire(e.ctx, 1, holder("other"), 1, 0); done && err != nil {
				e.Errorf("somebody else after it: %v", err)
			}
		}
	})
}

func cutReads(e *env) {
	c := e.cuts()
	entry := e.add("one")[0]
	v := e.latest(e.b)
	l := e.lead(e.b, forever)
	for name, read := range map[string]func() error{
		"Load":      func() error { _, _, err := c.s.Load(e.ctx, "", 10); return err },
		"Lookup":    func() error { _, err := c.s.Lookup(e.ctx, entry.ID); return err },
		"Latest":    func() error { _, err := c.s.Latest(e.ctx); return err },
		"Since":     func() error { _, _, _, err := c.s.Since(e.ctx, v); return err },
		"Get":       func() error { _, err := c.s.Get(e.ctx, []beat.EntryID{entry.ID}); return err },
		"Leader":    func() error { _, err := c.s.Leader(e.ctx, 0); return err },
		"Unsettled": func() error { _, err := c.s.Unsettled(e.ctx, l); return err },
		"Settled":   func() error { _, err := c.s.Settled(e.ctx, l, time.Hour); return err },
		"List":      func() error { _, _, err := c.s.List(e.ctx, beat.Filter{}, "", 10); return err },
		"Muster": func() error {
			_, err := c.s.Muster(e.ctx, beat.Member{Holder: l.Holder, Shards: 1}, time.Hour)
			return err
		},
	} {
		c.cut(name, func(int) (func() error, func(bool)) { return read, func(bool) {} })
	}
	e.equal("entries", names(e.all(c.s, 10)), []string{"one"})
}

// noConnectionsLeft is about connections; that no goroutine is left is up to the main function of a package's tests.
func noConnectionsLeft(e *env) {
	c := e.cuts()
	hints := c.s.Hints(e.ctx)
	if hints != nil {
		<-hints // it listens
	}
	if v, ok := c.s.(beat.Vigil); ok && c.s.Features().Locks {
		_, err := v.Lock(e.ctx, 0)
		e.noErr(err)
	}
	calls(e.ctx, c.s)
	if c.wire.Opened() == 0 {
		e.Fatal("there was no connection")
	}
	e.noErr(c.s.Close())
	ctx, cancel := withTimeout(e.ctx)
	defer cancel()
	if err := c.wire.Wait(ctx); err != nil {
		e.Errorf("connections stay open: %v", err)
	}
	for listening := hints != nil; listening; {
		select {
		case _, listening = <-hints:
		case <-ctx.Done():
			e.Fatal("the channel of hints stays open")
		}
	}
}
