package trial

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gobeat/gobeat/internal/fault/check"
	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// kills kills the only beat and starts it again at once.
func kills(ctx context.Context, b *Bench) error {
	err := b.onEach(ctx, func(ctx context.Context, broker server.Kind, s *site.Site) error {
		return b.killAtRandom(ctx, broker, s, pick(b, 4, 50))
	})
	if err != nil {
		return err
	}
	err = b.onEach(ctx, func(ctx context.Context, broker server.Kind, s *site.Site) error {
		return b.killAtPoints(ctx, broker, s, 5, burst)
	})
	if err != nil {
		return err
	}
	return b.killPeers(ctx)
}

func (b *Bench) killAtRandom(ctx context.Context, broker server.Kind, s *site.Site, kills int) error {
	beat, from, err := b.begin(ctx, s, site.Mixed(200, b.start(), history.All))
	if err != nil {
		return err
	}
	var moments []time.Time
	for i := range kills {
		if err := sleep(ctx, b.between(200*time.Millisecond, 1500*time.Millisecond)); err != nil {
			return err
		}
		at := time.Now()
		if err := beat.Kill(); err != nil {
			return err
		}
		if beat, err = lead(ctx, s, fmt.Sprintf("beat-%d", i+1)); err != nil {
			return err
		}
		s.Fault("kill -9", beat.Name, at, time.Now())
		moments = append(moments, at)
	}
	return b.judgeKills(ctx, broker, s, from, moments, "at random times")
}

// crash is a way to die: a fail point with what happens there.
type crash struct {
	spec string
	term bool // SIGTERM leads there
}

// burst is how many messages are due each second while leaders are killed at fail points.
const burst = 600

// crashes are all points of the protocol at such a burst.
func crashes(broker server.Kind) []crash {
	all := []crash{
		{spec: "claim.before=crash@3"},
		{spec: "claim.sent=crash@3"},
		{spec: "claim.committed=crash@3"},
		{spec: "publish.before=crash@2"},
		{spec: "confirm.before=crash@2"},
		{spec: "recover.half=crash"},
		{spec: "takeover.epoch=crash"},
		{spec: "takeover.fenced=crash"},
		{spec: "settle.before=crash"},
		{spec: "settle.sent=crash"},
		{spec: "drain.begin=crash", term: true},
		{spec: "drain.settled=crash", term: true},
		{spec: "drain.released=crash", term: true},
	}
	if broker.Name == server.Redis().Name {
		return append(all, crash{spec: "publish.half=crash@2"}, crash{spec: "publish.sent=crash@4"})
	}
	return append(all, crash{spec: "publish.half=crash@297"}, crash{spec: "publish.half=crash@1000"},
		crash{spec: "publish.sent=crash@2"}, crash{spec: "marker.before=crash@7"})
}

// chosen returns all crashes in the full form, and a few in the short one. The one during a recovery follows one that
// leaves something to recover.
func (b *Bench) chosen(broker server.Kind, few int) []crash {
	all := crashes(broker)
	b.rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	if b.Short {
		all = all[:few]
	}
	recovering := func(c crash) bool { return strings.HasPrefix(c.spec, "recover.") }
	if i := slices.IndexFunc(all, recovering); i >= 0 {
		all = append(slices.Delete(all, i, i+1), crash{spec: "confirm.before=crash"}, crash{spec: "recover.half=crash"})
	}
	return all
}

func (b *Bench) killAtPoints(ctx context.Context, broker server.Kind, s *site.Site, few, perSecond int) error {
	beat, from, err := b.begin(ctx, s, site.Burst(perSecond, 1, b.start().Truncate(time.Second), history.All))
	if err != nil {
		return err
	}
	if err := beat.Kill(); err != nil {
		return err
	}
	var moments []time.Time
	var names []string
	for i, c := range b.chosen(broker, few) {
		began := time.Now()
		at, err := crashOnce(ctx, s, fmt.Sprintf("beat-%d", i+1), c)
		if err != nil {
			return err
		}
		s.Fault("crash", c.spec, began, time.Now())
		moments, names = append(moments, at), append(names, c.spec)
	}
	began := time.Now()
	if _, err := lead(ctx, s, "beat-last"); err != nil {
		return err
	}
	s.Fault("start", "", began, time.Now().Add(time.Second))
	return b.judgeKills(ctx, broker, s, from, moments, "at fail points", names...)
}

// crashOnce runs a beat until it dies at a point, and returns when.
func crashOnce(ctx context.Context, s *site.Site, name string, c crash) (time.Time, error) {
	p, err := s.Beat(ctx, name, "BEAT_FAILPOINT="+c.spec)
	if err != nil {
		return time.Time{}, err
	}
	if c.term {
		if _, _, err := p.Wait(ctx, leading); err != nil {
			return time.Time{}, err
		}
		if err := sleep(ctx, 500*time.Millisecond); err != nil {
			return time.Time{}, err
		}
		if err := p.Signal(syscall.SIGTERM); err != nil {
			return time.Time{}, err
		}
	}
	_, at, err := p.Wait(ctx, "failpoint ")
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: %w", c.spec, err)
	}
	<-p.Done()
	return at, nil
}

// judgeKills reports what became of a run with crashes. names say what each was.
func (b *Bench) judgeKills(
	ctx context.Context, broker server.Kind, s *site.Site, from time.Time, moments []time.Time, what string, names ...string,
) error {
	v, _, err := b.finish(ctx, s, from, pick(b, 2*time.Second, 10*time.Second))
	if err != nil {
		return err
	}
	doubles := perFault(v.DupSame, moments)
	most, worst := mostDoubles(title(broker)), 0
	for i, n := range doubles {
		if n > doubles[worst] {
			worst = i
		}
	}
	sorted := slices.Sorted(slices.Values(doubles))
	figure := fmt.Sprintf("%d kills, %d runs: lost %d, doubled %d, most after one kill %d", len(moments), v.Due, len(v.Lost),
		len(v.DupSame), doubles[worst])
	if len(names) > 0 && doubles[worst] > 0 {
		figure += " (" + names[worst] + ")"
	}
	b.figure(Figure{
		What: what, Who: Gobeat, Broker: title(broker),
		OK:     sound(&v) && doubles[worst] <= most && (len(names) == 0 || sorted[len(sorted)/2] == 0),
		Figure: figure + wrongs(&v), Bar: fmt.Sprintf("lost 0, doubled ≤ %d a kill, under the same id", most),
		Values: killed{names, doubles, &v},
	})
	return nil
}

// killed is what is kept of a run with crashes.
type killed struct {
	Points  []string       `json:"points,omitempty"`
	Doubles []int          `json:"doubles"`
	Verdict *check.Verdict `json:"verdict"`
}
