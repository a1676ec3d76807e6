package trial

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// mostFrozen is how long the successor of a leader that is frozen may take: the lease, and what the broker needs.
const mostFrozen = 15 * time.Second

// stops stops leaders at fail points with SIGSTOP, lets another take over, and lets them go on: what they still had in
// mind must not reach a queue.
func stops(ctx context.Context, b *Bench) error { return b.onEach(ctx, b.stopLeaders) }

// stopPoints are where leaders are stopped, at a burst of 600 messages a second: late enough that somebody stands by.
func stopPoints(broker server.Kind) []string {
	all := []string{
		"claim.before=stop@4", "claim.sent=stop@4", "claim.committed=stop@4", "publish.before=stop@4", "confirm.before=stop@4",
		"settle.before=stop@4", "settle.sent=stop@4", "takeover.epoch=stop", "takeover.fenced=stop",
	}
	if broker.Name == server.Redis().Name {
		return append(all, "publish.half=stop@8", "publish.sent=stop@11")
	}
	return append(all, "publish.half=stop@2000", "publish.sent=stop@4", "marker.before=stop@34")
}

func (b *Bench) stopLeaders(ctx context.Context, broker server.Kind, s *site.Site) error {
	leader, from, err := b.begin(ctx, s, site.Burst(600, 1, time.Now().Add(ahead).Truncate(time.Second), history.All))
	if err != nil {
		return err
	}
	points := stopPoints(broker)
	b.rng.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
	var changes []change
	for i := range pick(b, 1, 50) {
		r := stopRound{s: s, n: i, point: points[i%len(points)], hold: pick(b, time.Second, 3*time.Second)}
		if leader, err = r.run(ctx, leader); err != nil {
			return fmt.Errorf("round %d, %s: %w", i, r.point, err)
		}
		changes = append(changes, r.change)
	}
	v, arrivals, err := b.finish(ctx, s, from, pick(b, time.Second, 10*time.Second))
	if err != nil {
		return err
	}
	gaps, stale := gaps(changes, arrivals), staleMessages(arrivals)
	most := mostDoubles(title(broker)) * len(changes)
	b.figure(Figure{
		What: "SIGSTOP", Who: Gobeat, Broker: title(broker),
		OK: sound(&v) && stale == 0 && len(v.DupSame) <= most && gaps.at(1) <= mostFrozen,
		Figure: fmt.Sprintf("messages of a stopped leader after its successor's: %d; until the successor's first message %s; lost %d, doubled %d%s",
			stale, gaps, len(v.Lost), len(v.DupSame), wrongs(&v)),
		Bar:    fmt.Sprintf("0; worst ≤ %s; lost 0, doubled ≤ %d", seconds(mostFrozen), most),
		Values: failedOver{gaps, &v},
	})
	return nil
}

// stopRound is one leader that is stopped.
type stopRound struct {
	s     *site.Site
	n     int
	point string
	hold  time.Duration // how long it stays stopped while its successor leads

	change change
}

// run replaces the leader by one that will be stopped, and returns the successor of that one.
func (r *stopRound) run(ctx context.Context, leader *site.Program) (*site.Program, error) {
	victim, err := standBy(ctx, r.s, fmt.Sprintf("beat-%d-stopped", r.n), "BEAT_FAILPOINT="+r.point)
	if err != nil {
		return nil, err
	}
	if err := leader.Signal(syscall.SIGTERM); err != nil {
		return nil, err
	}
	// One that stops before it leads has nobody standing by yet, which only makes it wait longer.
	if !strings.HasPrefix(r.point, "takeover.") {
		if _, _, err := victim.Wait(ctx, leading); err != nil {
			return nil, err
		}
	}
	heir, err := r.s.Beat(ctx, fmt.Sprintf("beat-%d-heir", r.n))
	if err != nil {
		return nil, err
	}
	_, at, err := victim.Wait(ctx, "failpoint ")
	if err != nil {
		return nil, err
	}
	epoch, err := leads(ctx, heir)
	if err != nil {
		return nil, err
	}
	if err := sleep(ctx, r.hold); err != nil {
		return nil, err
	}
	if err := victim.Signal(syscall.SIGCONT); err != nil {
		return nil, err
	}
	if _, _, err := victim.Wait(ctx, stoppedLeading); err != nil {
		return nil, err
	}
	r.s.Fault("SIGSTOP", r.point, at, time.Now())
	r.change = change{at, epoch}
	return heir, victim.Stop()
}

// staleMessages counts the messages of an epoch that lie in their queue behind one of a later epoch. Those that a
// successor repeats under the epoch of its predecessor are no such messages.
func staleMessages(arrivals []history.Arrival) (stale int) {
	sorted := slices.Clone(arrivals)
	slices.SortStableFunc(sorted, func(a, b history.Arrival) int { return int(a.Mono - b.Mono) })
	highest := map[string]int64{}
	for i := range sorted {
		a := &sorted[i]
		if a.Attempt > 1 {
			continue
		}
		if a.Epoch < highest[a.Queue] {
			stale++
		}
		highest[a.Queue] = max(highest[a.Queue], a.Epoch)
	}
	return stale
}
