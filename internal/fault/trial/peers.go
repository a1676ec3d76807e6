package trial

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gobeat/gobeat/internal/fault/check"
	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// peerRows is how many intervals peers run, which all of them can.
const peerRows = 100

// peer is a scheduler to compare with.
type peer struct {
	name  string
	start func(name string) (*site.Program, error)
}

// peersOf are those of a site. RedBeat keeps its entries in a Redis that no test harms; its lock is set to 10 s, since by
// default it would wait longer than any test.
func (b *Bench) peersOf(ctx context.Context, s *site.Site) ([]peer, error) {
	store, err := b.Servers.RedisPlace(ctx)
	if err != nil {
		return nil, err
	}
	return []peer{
		{CeleryBeat, func(name string) (*site.Program, error) { return s.CeleryBeat(ctx, name, "schedule") }},
		{RedBeat, func(name string) (*site.Program, error) { return s.RedBeat(ctx, name, store, "10") }},
	}, nil
}

// onPeers runs a test of each peer, each on a site of its own that make makes.
func (b *Bench) onPeers(
	ctx context.Context, every int64, build func() (*site.Site, error),
	run func(ctx context.Context, s *site.Site, p peer) error,
) error {
	for i := range 2 {
		s, err := build()
		if err != nil {
			return err
		}
		peers, err := b.peersOf(ctx, s)
		if err == nil {
			err = s.LoadPeers(site.Steady(peerRows, every, time.Now(), history.Last))
		}
		if err == nil {
			err = run(ctx, s, peers[i])
		}
		if err := closing(ctx, err, s); err != nil {
			return fmt.Errorf("%s: %w", peers[i].name, err)
		}
	}
	return nil
}

// sending starts a peer and waits until it sends.
func sending(ctx context.Context, p peer, name string) (*site.Program, error) {
	program, err := p.start(name)
	if err != nil {
		return nil, err
	}
	_, _, err = program.Wait(ctx, "Sending due task")
	return program, err
}

// finishPeers lets a run go on in quiet, ends it and judges what was due from from on.
func finishPeers(ctx context.Context, s *site.Site, from time.Time, quiet time.Duration) (check.Verdict, []history.Arrival, error) {
	if err := sleep(ctx, quiet); err != nil {
		return check.Verdict{}, nil, err
	}
	return s.JudgePeers(from, time.Now())
}

// killPeers is P1 for peers.
func (b *Bench) killPeers(ctx context.Context) error {
	shared := func() (*site.Site, error) { return b.site(ctx, server.Redis()) }
	const every = 10 // killed after a second run, when celery beat has written down the first one only
	return b.onPeers(ctx, every, shared, func(ctx context.Context, s *site.Site, p peer) error {
		program, err := sending(ctx, p, "peer-0")
		if err != nil {
			return err
		}
		from, kills := time.Now(), pick(b, 1, 10)
		for i := range kills {
			if err := errors.Join(sleep(ctx, b.between(11*time.Second, 13*time.Second)), program.Kill()); err != nil {
				return err
			}
			if program, err = sending(ctx, p, fmt.Sprintf("peer-%d", i+1)); err != nil {
				return err
			}
		}
		v, _, err := finishPeers(ctx, s, from, every*time.Second)
		if err != nil {
			return err
		}
		b.figure(Figure{
			What: "at random times", Who: p.name, Broker: "Redis", OK: len(v.Lost)+len(v.DupOther) == 0,
			Figure: fmt.Sprintf("%d kills, %d runs: lost %d, doubled under other ids %d", kills, v.Due, len(v.Lost), len(v.DupOther)),
			Bar:    "lost 0, doubled 0", Values: &v,
		})
		return nil
	})
}

// failPeersOver is P2 for peers: two of them, the first one killed.
func (b *Bench) failPeersOver(ctx context.Context) error {
	shared := func() (*site.Site, error) { return b.site(ctx, server.Redis()) }
	return b.onPeers(ctx, 1, shared, func(ctx context.Context, s *site.Site, p peer) error {
		first, err := sending(ctx, p, "peer-0")
		if err != nil {
			return err
		}
		if p.name == CeleryBeat {
			p.start = func(name string) (*site.Program, error) { return s.CeleryBeat(ctx, name, "schedule-of-"+name) }
		}
		second, err := p.start("peer-1")
		if err != nil {
			return err
		}
		if _, _, err := second.Wait(ctx, "beat: Starting..."); err != nil {
			return err
		}
		if err := sleep(ctx, 5*time.Second); err != nil {
			return err
		}
		from, at := time.Now().Add(-4*time.Second), time.Now()
		if err := first.Kill(); err != nil {
			return err
		}
		v, arrivals, err := finishPeers(ctx, s, from, pick(b, 20*time.Second, 30*time.Second))
		if err != nil {
			return err
		}
		gap := firstAfter(arrivals, at.Add(50*time.Millisecond))
		f := Figure{What: "kill -9", Who: p.name, Broker: "Redis", Bar: "p99 ≤ 2.00 s, worst ≤ 5.00 s, lost 0, doubled 0", Values: &v}
		f.OK = gap <= 2*time.Second && len(v.Lost)+len(v.DupOther) == 0
		f.Figure = fmt.Sprintf("lock of 10 s: %s until the successor's first message; lost %d, doubled %d", seconds(gap), len(v.Lost), len(v.DupOther))
		if p.name == CeleryBeat {
			f.Figure = fmt.Sprintf("has no standby: two of them, side by side for 5 s, doubled %d messages under other ids", len(v.DupOther))
		}
		b.figure(f)
		return nil
	})
}

// outageOfPeers is R1 for peers.
func (b *Bench) outageOfPeers(ctx context.Context, kind server.Kind) error {
	var broker *server.Server
	own := func() (s *site.Site, err error) {
		s, broker, err = b.ownBroker(ctx, kind, durable(kind)...)
		return s, err
	}
	return b.onPeers(ctx, 1, own, func(ctx context.Context, s *site.Site, p peer) error {
		if _, err := sending(ctx, p, "peer-0"); err != nil {
			return err
		}
		from := time.Now().Add(time.Second)
		if err := errors.Join(sleep(ctx, 2*time.Second), broker.Stop()); err != nil {
			return err
		}
		begin := time.Now()
		if err := errors.Join(sleep(ctx, pick(b, 8*time.Second, time.Minute)), broker.Start(ctx)); err != nil {
			return err
		}
		away := time.Since(begin)
		v, _, err := finishPeers(ctx, s, from, pick(b, 6*time.Second, 20*time.Second))
		if err != nil {
			return err
		}
		b.figure(Figure{
			Who: p.name, Broker: title(kind), OK: len(v.Lost) == 0,
			Figure: fmt.Sprintf("away %s: lost %d of %d, doubled %d", seconds(away), len(v.Lost), v.Due, len(v.DupOther)),
			Bar:    "lost 0", Values: &v,
		})
		return nil
	})
}
