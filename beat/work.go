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
func (s *seat) work(ctx, work context.Context, lose context.CancelCauseFunc, t term, end *deadline) {
	var (
		deltas   = make(chan delta)
		reload   = make(chan []EntryID)
		claims   = make(chan claim, maxOpen)
		results  = make(chan result)
		orders   = make(chan order, maxOpen)
		settled  = make(chan Settlement, maxOpen+maxAside)
		aside    = make(chan int64, maxOpen+maxAside)
		finished = make(chan int64, maxOpen+maxAside)
	)
	l := &loop{
		cfg: s.cfg, log: s.log, clocks: s.clocks, status: s.status, lose: lose, first: s.responsibleSince(t),
		jobs: map[EntryID]*job{}, refused: map[EntryID]time.Time{}, pace: newPace(),
		deltas: deltas, reload: reload, claims: claims, results: results, aside: aside, finished: finished,
	}
	f := &follower{
		store: s.cfg.Store, compile: s.cfg.Compiler, owns: s.owns, poll: s.cfg.PollInterval,
		trouble: s.trouble(withStore), deltas: deltas, reload: reload,
	}
	c := &claimStage{
		store: s.cfg.Store, render: s.render, lease: t.lease, end: end, lose: lose, trouble: s.trouble(withStore),
		claims: claims, results: results, orders: orders, settled: settled,
	}
	p := s.publishStage(lose)
	p.orders, p.settled, p.aside, p.finished = orders, settled, aside, finished

	following, stopFollowing := context.WithCancel(work)
	var wg sync.WaitGroup
	wg.Go(func() { f.run(following) })
	wg.Go(func() { c.run(work) })
	wg.Go(func() { p.run(work) })
	l.run(work, ctx.Done())
	stopFollowing()
	wg.Wait()
}

func (s *seat) publishStage(lose context.CancelCauseFunc) *publishStage {
	return &publishStage{
		pub: s.pub, clock: s.cfg.Clock, render: s.render, observer: s.cfg.Observer, log: s.log, lose: lose,
		trouble: s.trouble(withBroker),
	}
}

// responsibleSince is the instant before which nobody was there to run anything. The very first leader takes over
// nothing; entries that it and its successors see for the first time were made since.
func (s *seat) responsibleSince(t term) time.Time {
	if t.lease.Epoch == 1 && !s.cfg.Store.Features().Inherits {
		return t.since.at
	}
	return time.Time{}
}
