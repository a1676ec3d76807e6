package beat

import (
	"context"
	"sync"
	"time"
)

// work runs the loop and its stages until ctx ends and everything in hand is finished, or until leadership is lost.
//
// Channels: the follower and the loop share deltas and reload; the loop closes claims when it ends, which ends the
// claim stage, which closes orders, which ends the publish stage.
func (b *Beat) work(ctx, work context.Context, lose context.CancelCauseFunc, t term) {
	var (
		deltas   = make(chan delta)
		reload   = make(chan []EntryID)
		claims   = make(chan claim, maxOpen)
		results  = make(chan result)
		orders   = make(chan order, maxOpen)
		settled  = make(chan Settlement, maxOpen)
		finished = make(chan int64, maxOpen)
	)
	l := &loop{
		cfg: &b.cfg, log: b.log, clocks: b.clocks, status: b.status, first: b.responsibleSince(t), jobs: map[EntryID]*job{}, refused: map[EntryID]time.Time{},
		deltas: deltas, reload: reload, claims: claims, results: results, finished: finished,
	}
	f := &follower{
		store: b.cfg.Store, compile: b.cfg.Compiler, poll: b.cfg.PollInterval,
		trouble: b.trouble(withStore), deltas: deltas, reload: reload,
	}
	c := &claimStage{
		store: b.cfg.Store, lease: t.lease, lose: lose, trouble: b.trouble(withStore),
		claims: claims, results: results, orders: orders, settled: settled,
	}
	p := b.publishStage(lose)
	p.orders, p.settled, p.finished = orders, settled, finished

	following, stopFollowing := context.WithCancel(work)
	var wg sync.WaitGroup
	wg.Go(func() { f.run(following) })
	wg.Go(func() { c.run(work) })
	wg.Go(func() { p.run(work) })
	l.run(work, ctx.Done())
	stopFollowing()
	wg.Wait()
}

func (b *Beat) publishStage(lose context.CancelCauseFunc) *publishStage {
	return &publishStage{
		pub: b.cfg.Publisher, render: b.render, observer: b.cfg.Observer, log: b.log, lose: lose,
		trouble: b.trouble(withBroker),
	}
}

// responsibleSince is the instant before which nobody was there to run anything. The very first leader takes over
// nothing; entries that it and its successors see for the first time were made since.
func (b *Beat) responsibleSince(t term) time.Time {
	if t.lease.Epoch == 1 {
		return t.since
	}
	return time.Time{}
}
