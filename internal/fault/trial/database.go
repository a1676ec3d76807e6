package trial

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/proxy"
	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// mostBack is how long a beat may take to send again when its database answers again.
const mostBack = 3 * time.Second

// ownDatabase makes a site on a database that it may harm, and the shared Redis.
func (b *Bench) ownDatabase(ctx context.Context, kind server.Kind, args ...string) (*site.Site, *server.Server, error) {
	database, err := b.Servers.Own(ctx, kind, args...)
	if err != nil {
		return nil, nil, err
	}
	queues, err := b.Servers.Shared(ctx, server.Redis())
	if err != nil {
		return nil, nil, err
	}
	s, err := b.siteOn(ctx, database, queues)
	return s, database, err
}

// databaseAway kills the database and starts it again after a while.
func databaseAway(ctx context.Context, b *Bench) (err error) {
	s, database, err := b.ownDatabase(ctx, server.Postgres(), "-c", "fsync=on")
	if err != nil {
		return err
	}
	defer func() { err = closing(ctx, err, s) }()
	_, from, err := b.begin(ctx, s, site.Mixed(200, time.Now().Add(ahead), history.All))
	if err != nil {
		return err
	}
	var answered []time.Time
	for _, away := range pick(b, []time.Duration{5 * time.Second}, []time.Duration{5 * time.Second, 30 * time.Second, 5 * time.Minute}) {
		begin := time.Now()
		if err := errors.Join(database.Kill(), sleep(ctx, away), database.Start(ctx)); err != nil {
			return err
		}
		answered = append(answered, time.Now())
		if err := errors.Join(s.Reconnect(ctx), sleep(ctx, pick(b, 5*time.Second, 15*time.Second))); err != nil {
			return err
		}
		s.Fault("database killed", "", begin, time.Now())
	}
	v, arrivals, err := b.finish(ctx, s, from, time.Second)
	if err != nil {
		return err
	}
	var back []time.Duration
	for _, at := range answered {
		back = append(back, firstAfter(arrivals, at))
	}
	again := newSpread(back)
	b.figure(Figure{
		Who: Gobeat, Broker: title(server.Redis()), OK: sound(&v) && len(v.DupSame) == 0 && again.at(1) <= mostBack,
		Figure: fmt.Sprintf("killed %d times: sending again at worst %s after it answered; lost %d of %d, doubled %d%s",
			len(answered), seconds(again.at(1)), len(v.Lost), v.Due, len(v.DupSame), wrongs(&v)),
		Bar: fmt.Sprintf("≤ %s, lost 0, doubled 0", seconds(mostBack)), Values: failedOver{again, &v},
	})
	return nil
}

// lostAnswers cuts connections when the database has committed a claim and before it can say so.
func lostAnswers(ctx context.Context, b *Bench) error {
	return b.onEach(ctx, func(ctx context.Context, broker server.Kind, s *site.Site) (err error) {
		p, err := proxy.Listen(ctx, s.Database)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.Close()) }()
		if s.Database, err = site.Through(s.Database, p.Address()); err != nil {
			return err
		}
		beat, from, err := b.begin(ctx, s, site.Steady(200, 1, time.Now().Add(ahead), history.All))
		if err != nil {
			return err
		}
		begin, want := time.Now(), pick(b, 20, 500)
		p.At(proxy.Claimed, proxy.CutBefore, func(n int) bool { return n%3 == 0 && n <= 3*want })
		if err := sleep(ctx, pick(b, 6*time.Second, 2*time.Minute)); err != nil {
			return err
		}
		p.At(proxy.Claimed, 0, nil)
		s.Fault("answers lost", "", begin, time.Now())
		v, _, err := b.finish(ctx, s, from, pick(b, time.Second, 10*time.Second))
		if err != nil {
			return err
		}
		cut := p.Done(proxy.Claimed)
		b.figure(Figure{
			Who: Gobeat, Broker: title(broker), OK: sound(&v) && len(v.DupSame) == 0 && cut >= want/2,
			Figure: fmt.Sprintf("%d answers cut after the commit, %d runs: lost %d, doubled %d; led %d time%s", cut, v.Due,
				len(v.Lost), len(v.DupSame), beat.Count(leading), wrongs(&v)),
			Bar: "lost 0, doubled 0", Values: &v,
		})
		return nil
	})
}
