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

// cut is an event at whose every so-many-th time the connection to the broker is cut.
type cut struct {
	name  string
	event proxy.Event
	harm  proxy.Harm
	every int
}

func cutsOf(broker server.Kind) []cut {
	if broker.Name == server.Redis().Name {
		return []cut{{"before the answer of a script", proxy.Scripted, proxy.CutBefore, 3}}
	}
	return []cut{
		{"behind a publish", proxy.Published, proxy.CutAfter, 500},
		{"before a confirm", proxy.Acknowledged, proxy.CutBefore, 4},
	}
}

// cutConnections cuts the connection to the broker in the middle of what is said on it, while the beat sends 600 messages
// a second.
func cutConnections(ctx context.Context, b *Bench) error {
	for _, broker := range kinds() {
		for _, c := range cutsOf(broker) {
			if err := b.cutAt(ctx, broker, c); err != nil {
				return fmt.Errorf("%s, %s: %w", broker.Name, c.name, err)
			}
		}
	}
	return nil
}

func (b *Bench) cutAt(ctx context.Context, broker server.Kind, c cut) (err error) {
	s, err := b.site(ctx, broker)
	if err != nil {
		return err
	}
	defer func() { err = closing(ctx, err, s) }()
	p, err := proxy.Listen(ctx, s.Broker)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if s.Broker, err = site.Through(s.Broker, p.Address()); err != nil {
		return err
	}
	_, from, err := b.begin(ctx, s, site.Burst(600, 1, time.Now().Add(ahead).Truncate(time.Second), history.All))
	if err != nil {
		return err
	}
	begin := time.Now()
	p.At(c.event, c.harm, func(n int) bool { return n%c.every == 0 })
	if err := sleep(ctx, pick(b, 5*time.Second, time.Minute)); err != nil {
		return err
	}
	p.At(c.event, 0, nil)
	s.Fault("connection cut", c.name, begin, time.Now().Add(5*time.Second))
	v, _, err := b.finish(ctx, s, from, pick(b, time.Second, 10*time.Second))
	if err != nil {
		return err
	}
	cuts := p.Done(c.event)
	most := mostDoubles(title(broker)) * cuts
	b.figure(Figure{
		What: c.name, Who: Gobeat, Broker: title(broker), OK: sound(&v) && len(v.DupSame) <= most && cuts > 0,
		Figure: fmt.Sprintf("%d cuts, %d runs: lost %d, doubled %d%s", cuts, v.Due, len(v.Lost), len(v.DupSame), wrongs(&v)),
		Bar:    fmt.Sprintf("lost 0, doubled ≤ %d a cut", mostDoubles(title(broker))), Values: &v,
	})
	return nil
}
