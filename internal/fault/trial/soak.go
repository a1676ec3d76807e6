package trial

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/nemesis"
	"github.com/gobeat/gobeat/internal/fault/proxy"
	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// soak does all sorts of harm by chance, one after the other, to two beats and their connections.
func soak(ctx context.Context, b *Bench) error {
	return b.onEach(ctx, func(ctx context.Context, broker server.Kind, s *site.Site) (err error) {
		h := harassed{s: s}
		defer func() { err = errors.Join(err, h.close()) }()
		if err := h.interpose(ctx); err != nil {
			return err
		}
		first, from, err := b.begin(ctx, s, site.Mixed(200, time.Now().Add(ahead), history.All))
		if err != nil {
			return err
		}
		second, err := standBy(ctx, s, "beat-1")
		if err != nil {
			return err
		}
		h.beats = []*site.Program{first, second}
		plan := nemesis.Plan(b.Seed, pick(b, 20*time.Second, 30*time.Minute), len(h.beats))
		for _, step := range plan {
			if err := h.suffer(ctx, step); err != nil {
				return fmt.Errorf("%s: %w", step.Kind, err)
			}
		}
		v, arrivals, err := b.finish(ctx, s, from, pick(b, 3*time.Second, time.Minute))
		if err != nil {
			return err
		}
		stale, most := staleMessages(arrivals), mostDoubles(title(broker))*len(plan)
		b.figure(Figure{
			Who: Gobeat, Broker: title(broker), OK: sound(&v) && stale == 0 && len(v.DupSame) <= most && len(plan) > 0,
			Figure: fmt.Sprintf("%d faults, %d runs: lost %d, doubled %d, of a former leader after its successor %d%s", len(plan), v.Due,
				len(v.Lost), len(v.DupSame), stale, wrongs(&v)),
			Bar: fmt.Sprintf("lost 0, doubled ≤ %d, stale 0", most), Values: &v,
		})
		return nil
	})
}

// harassed are two beats that reach their database and broker through proxies.
type harassed struct {
	s                *site.Site
	database, broker *proxy.Proxy
	beats            []*site.Program
	started          int
}

func (h *harassed) interpose(ctx context.Context) (err error) {
	if h.database, err = proxy.Listen(ctx, h.s.Database); err != nil {
		return err
	}
	if h.broker, err = proxy.Listen(ctx, h.s.Broker); err != nil {
		return err
	}
	if h.s.Database, err = site.Through(h.s.Database, h.database.Address()); err != nil {
		return err
	}
	h.s.Broker, err = site.Through(h.s.Broker, h.broker.Address())
	return err
}

func (h *harassed) close() error {
	var errs []error
	for _, p := range []*proxy.Proxy{h.database, h.broker} {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	return errors.Join(errs...)
}

// suffer carries out one step.
func (h *harassed) suffer(ctx context.Context, step nemesis.Step) error {
	if err := sleep(ctx, step.Pause); err != nil {
		return err
	}
	begin := time.Now()
	err := h.harm(ctx, step)
	h.s.Fault(string(step.Kind), h.beats[step.Beat].Name, begin, time.Now())
	return err
}

func (h *harassed) harm(ctx context.Context, step nemesis.Step) error {
	beat := h.beats[step.Beat]
	switch step.Kind {
	case nemesis.Kill:
		return errors.Join(beat.Kill(), h.replace(ctx, step.Beat))
	case nemesis.Terminate:
		return errors.Join(beat.Stop(), h.replace(ctx, step.Beat))
	case nemesis.Freeze:
		return errors.Join(beat.Signal(syscall.SIGSTOP), sleep(ctx, step.Hold), beat.Signal(syscall.SIGCONT))
	case nemesis.CutDatabase:
		h.database.Cut()
	case nemesis.CutBroker:
		h.broker.Cut()
	case nemesis.MuteDatabase:
		return mute(ctx, h.database, step.Hold)
	case nemesis.MuteBroker:
		return mute(ctx, h.broker, step.Hold)
	}
	return nil
}

// mute lets nothing pass for a while. What was swallowed is missing in the streams afterwards, so they end then.
func mute(ctx context.Context, p *proxy.Proxy, d time.Duration) error {
	p.Mute(true, true)
	err := sleep(ctx, d)
	p.Cut()
	p.Mute(false, false)
	return err
}

// replace starts a beat in the place of one that has ended.
func (h *harassed) replace(ctx context.Context, i int) (err error) {
	h.started++
	h.beats[i], err = h.s.Beat(ctx, fmt.Sprintf("beat-%d", h.started+1))
	return err
}
