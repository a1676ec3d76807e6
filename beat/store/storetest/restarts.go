package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// restarted: the server is killed and started again while runs are claimed.
func restarted(e *env) {
	r := e.rig()
	e.needs("a server to start again", r.Restarted != nil)
	s, restart := r.Restarted(e.T)
	e.interrupted(s, restart)
}

// failedOver: the server is replaced by its replica while runs are claimed.
func failedOver(e *env) {
	r := e.rig()
	e.needs("a replica of its server", r.FailedOver != nil)
	s, failOver := r.FailedOver(e.T)
	e.interrupted(s, failOver)
}

// interrupted: nothing that was confirmed is gone after the interruption, and what became of a claim in the middle of it is
// found out by making it again.
func (e *env) interrupted(s Store, interrupt func()) {
	e.Helper()
	var entries []beat.Entry
	for _, name := range []string{"one", "two", "three"} {
		entry, err := s.Add(e.ctx, task(name))
		e.noErr(err)
		entries = append(entries, entry)
	}
	ctx, cancel := withTimeout(e.ctx)
	defer cancel()
	load := &claimLoad{env: e, ctx: ctx, s: s, entries: entries, warm: make(chan struct{}), over: make(chan struct{})}
	load.lease = e.lead(s, forever)
	load.at = e.now(s).Add(-time.Hour)
	e.claim(s, load.lease, first(entries, load.at))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		load.run()
	}()
	select {
	case <-load.warm:
		interrupt()
		close(load.over)
	case <-ended:
	}
	<-ended
	if e.Failed() {
		return
	}
	var found map[beat.EntryID]beat.Cursor
	var all []beat.Entry
	for _, call := range []func() error{
		func() (err error) { found, err = s.Get(ctx, ids(entries)); return err },
		func() error { _, err := s.Renew(ctx, load.lease, forever); return err },
		func() error { _, err := s.Add(ctx, task("four")); return err },
		func() (err error) { all, _, err = s.Load(ctx, "", 10); return err },
	} {
		e.noErr(persist(ctx, call))
	}
	for _, entry := range entries {
		c := found[entry.ID]
		if c.Fires != 2*interruptedRounds || !c.DecidedTo.Equal(load.at) {
			e.Errorf("cursor %+v, want %d runs up to %v", c, 2*interruptedRounds, load.at)
		}
	}
	if len(all) != 4 {
		e.Errorf("entries %v, want four", names(all))
	}
}

// persist makes a call until it is answered: a connection that died meanwhile may still be there, and the first one who is
// given it is told so.
func persist(ctx context.Context, call func() error) error {
	for {
		if err := call(); !errors.Is(err, beat.ErrUnavailable) || ctx.Err() != nil {
			return err
		}
	}
}

// interruptedRounds is how many batches are claimed before the interruption; some are claimed during it, and the rest of as
// many again after it.
const interruptedRounds = 50

// claimLoad is a leader who claims a batch after the other, and settles each with the next.
type claimLoad struct {
	*env

	ctx     context.Context //nolint:containedctx // lives as long as run
	s       Store
	lease   beat.Lease
	entries []beat.Entry
	at      time.Time     // up to where runs are claimed
	warm    chan struct{} // closed when half of it is done
	over    chan struct{} // closed when the interruption is over
}

func (c *claimLoad) run() {
	var done []beat.Settlement
	for n := range 2 * interruptedRounds {
		if n == interruptedRounds {
			close(c.warm)
		}
		to := c.at.Add(time.Second)
		b := beat.Batch{ID: newID(), Decisions: runs(c.entries, c.at, to), Done: done}
		if !c.claim(b) {
			return
		}
		c.at, done = to, []beat.Settlement{{Batch: b.ID}}
	}
}

// claim makes a claim until it is known what became of it, and tells whether it was carried out.
func (c *claimLoad) claim(b beat.Batch) bool {
	for {
		taken, err := c.s.Claim(c.ctx, c.lease, b)
		if err == nil {
			c.equal("taken", taken, ids(c.entries))
			return !c.Failed()
		}
		if !errors.Is(err, beat.ErrUnavailable) && !errors.Is(err, beat.ErrUnknownOutcome) || c.ctx.Err() != nil {
			c.Errorf("claim during an interruption = %v, want ErrUnavailable or ErrUnknownOutcome", err)
			return false
		}
		select {
		case <-c.over:
		case <-c.ctx.Done():
		}
	}
}
