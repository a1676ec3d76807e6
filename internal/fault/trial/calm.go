package trial

import (
	"context"
	"fmt"
	"time"

	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

const (
	// settled is how long before the end of a run the last instant lies that must have arrived: the run ends by
	// SIGTERM, which lets go of what is not claimed yet.
	settled = 2 * time.Second
	// ahead is how long before its first instant a load is written.
	ahead = 2 * time.Second
)

// calm runs beat without any fault: nothing at all may be wrong.
func calm(ctx context.Context, b *Bench) error {
	for _, broker := range kinds() {
		if err := b.calmOn(ctx, broker); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bench) calmOn(ctx context.Context, broker server.Kind) (err error) {
	s, err := b.site(ctx, broker)
	if err != nil {
		return err
	}
	defer func() { err = closing(err, s) }()
	from, err := b.begin(ctx, s, site.Mixed(200, time.Now().Add(ahead), history.All))
	if err != nil {
		return err
	}
	leader, err := s.Beat("beat")
	if err != nil {
		return err
	}
	if _, _, err := leader.Wait(ctx, leading); err != nil {
		return err
	}
	if err := sleep(ctx, pick(b, 12*time.Second, time.Minute)); err != nil {
		return err
	}
	v, _, err := s.Judge(ctx, from, time.Now().Add(-settled))
	if err != nil {
		return err
	}
	b.figure(Figure{
		Who: Gobeat, Broker: title(broker), OK: v.Clean() && v.Due > 0,
		Figure: fmt.Sprintf("%d runs; wrong 0 of them; late p50 %s, p99 %s", v.Due, ms(v.Calm.At(0.5)), ms(v.Calm.At(0.99))),
		Bar:    "lost, doubled, early, phantom, wrong, ledger false: 0", Values: &v,
	}.unless(v.Clean(), v.String()))
	return nil
}
