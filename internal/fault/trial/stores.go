package trial

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// mostLeased is how long the successor of a leader that was killed may take where nothing but its lease tells of its death:
// the lease, the next look at it, and the first run.
const mostLeased = 10 * time.Second

// everyStore kills the only beat at random times and at fail points, and leaders beside which another beat stands by, with
// the rows in one store after the other. The messages go to Redis, on which none may be doubled. A store on which that
// cannot be tried leaves the others their turn.
func everyStore(ctx context.Context, b *Bench) error {
	var errs []error
	for _, in := range b.Stores {
		if err := b.killInStore(ctx, in); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", in.Title, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

func (b *Bench) killInStore(ctx context.Context, in site.Store) error {
	b.store, b.loads = in.Title, in.Loads
	defer func() { b.store, b.loads = "", 0 }()
	end := killedLeader()
	if !in.Locks {
		end.p99, end.worst = mostLeased, mostLeased
	}
	broker := server.Redis()
	for _, run := range []func(s *site.Site) error{
		func(s *site.Site) error { return b.killAtRandom(ctx, broker, s, pick(b, 2, 20)) },
		func(s *site.Site) error { return b.killAtPoints(ctx, broker, s, 2, cmp.Or(in.Burst, burst)) },
		func(s *site.Site) error { return b.failOver(ctx, broker, s, end, pick(b, 2, 20)) },
	} {
		s, err := b.siteIn(ctx, in)
		if err != nil {
			return err
		}
		if err := closing(ctx, run(s), s); err != nil {
			return err
		}
	}
	return nil
}

// siteIn makes a site with its rows in a store, and the shared Redis.
func (b *Bench) siteIn(ctx context.Context, in site.Store) (*site.Site, error) {
	queues, err := b.Servers.Shared(ctx, server.Redis())
	if err != nil {
		return nil, err
	}
	return site.In(ctx, b.Tools, b.Servers, b.dir(), in, queues)
}
