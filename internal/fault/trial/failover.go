package trial

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/gobeat/gobeat/internal/fault/check"
	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// ending is a way in which leaders end, and how soon the next one must have sent something.
type ending struct {
	name        string
	signal      syscall.Signal
	p99, worst  time.Duration
	neverDouble bool
}

// killedLeader is the end of one whose lock tells of its death.
func killedLeader() ending {
	return ending{name: "kill -9", signal: syscall.SIGKILL, p99: 2 * time.Second, worst: 5 * time.Second}
}

// failovers ends one leader after the other while another beat stands by.
func failovers(ctx context.Context, b *Bench) error {
	for _, end := range []ending{
		killedLeader(),
		{name: "SIGTERM", signal: syscall.SIGTERM, p99: 500 * time.Millisecond, worst: time.Second, neverDouble: true},
	} {
		err := b.onEach(ctx, func(ctx context.Context, broker server.Kind, s *site.Site) error {
			return b.failOver(ctx, broker, s, end, pick(b, 3, 50))
		})
		if err != nil {
			return err
		}
	}
	return b.failPeersOver(ctx)
}

// failOver ends so many leaders and judges what arrived.
func (b *Bench) failOver(ctx context.Context, broker server.Kind, s *site.Site, end ending, times int) error {
	from, changes, err := b.endLeaders(ctx, s, end, times)
	if err != nil {
		return err
	}
	v, arrivals, err := b.finish(ctx, s, from, pick(b, time.Second, 10*time.Second))
	if err != nil {
		return err
	}
	gaps := gaps(changes, arrivals)
	most := mostDoubles(title(broker)) * len(changes)
	if end.neverDouble {
		most = 0
	}
	b.figure(Figure{
		What: end.name, Who: Gobeat, Broker: title(broker),
		OK: sound(&v) && len(v.DupSame) <= most && len(gaps) == len(changes) &&
			gaps.at(0.99) <= end.p99 && gaps.at(1) <= end.worst,
		Figure: fmt.Sprintf("until the successor's first message %s; lost %d, doubled %d%s", gaps, len(v.Lost), len(v.DupSame), wrongs(&v)),
		Bar:    fmt.Sprintf("p99 ≤ %s, worst ≤ %s, lost 0, doubled ≤ %d", seconds(end.p99), seconds(end.worst), most),
		Values: failedOver{gaps, &v},
	})
	return nil
}

// failedOver is what is kept of a run with successors.
type failedOver struct {
	Gaps    spread         `json:"gaps"`
	Verdict *check.Verdict `json:"verdict"`
}

// change is the end of a leader, and the epoch of its successor.
type change struct {
	at    time.Time
	epoch int64
}

// endLeaders ends so many leaders, one after the other.
func (b *Bench) endLeaders(ctx context.Context, s *site.Site, end ending, times int) (time.Time, []change, error) {
	leader, from, err := b.begin(ctx, s, site.Mixed(200, b.start(), history.All))
	if err != nil {
		return from, nil, err
	}
	var changes []change
	for i := range times {
		next, err := standBy(ctx, s, fmt.Sprintf("beat-%d", i+1))
		if err != nil {
			return from, nil, err
		}
		if err := sleep(ctx, b.between(300*time.Millisecond, 1200*time.Millisecond)); err != nil {
			return from, nil, err
		}
		at := time.Now()
		if err := leader.Signal(end.signal); err != nil {
			return from, nil, err
		}
		epoch, err := leads(ctx, next)
		if err != nil {
			return from, nil, err
		}
		<-leader.Done()
		s.Fault(end.name, leader.Name, at, time.Now())
		changes = append(changes, change{at, epoch})
		leader = next
	}
	return from, changes, nil
}

// gaps returns for each change how long it took until something of the successor arrived: a message of its own epoch,
// or one that it repeated for its predecessor.
func gaps(changes []change, arrivals []history.Arrival) spread {
	sorted := slices.Clone(arrivals)
	slices.SortFunc(sorted, func(a, b history.Arrival) int { return int(a.Mono - b.Mono) })
	var all []time.Duration
	for _, c := range changes {
		for i := range sorted {
			a := &sorted[i]
			if a.At >= history.Micro(c.at) && (a.Epoch == c.epoch || a.Attempt > 1) {
				all = append(all, time.Duration(a.At-history.Micro(c.at))*time.Microsecond)
				break
			}
		}
	}
	return newSpread(all)
}
