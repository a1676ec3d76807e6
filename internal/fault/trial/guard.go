package trial

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// stopEvery is how many rounds there are for one in which the leader is stopped instead of killed.
const stopEvery = 10

// guardRounds ends leaders in the middle of a burst, most by SIGKILL, some by SIGSTOP. What the dead leader had sent the
// successor must know but for what follows the last marker, and of what it had in mind nothing may come later.
func guardRounds(ctx context.Context, b *Bench) (err error) {
	s, err := b.site(ctx, server.RabbitMQ())
	if err != nil {
		return err
	}
	defer func() { err = closing(ctx, err, s) }()
	leader, from, err := b.begin(ctx, s, site.Burst(600, 1, time.Now().Add(ahead).Truncate(time.Second), history.All))
	if err != nil {
		return err
	}
	var moments []time.Time
	for i := range pick(b, 8, 200) {
		heir, err := standBy(ctx, s, fmt.Sprintf("beat-%d", i+1))
		if err != nil {
			return err
		}
		// The burst is under way for some tens of milliseconds after each second.
		next := time.Now().Add(200 * time.Millisecond).Truncate(time.Second).Add(time.Second)
		if err := sleep(ctx, time.Until(next)+b.between(5*time.Millisecond, 120*time.Millisecond)); err != nil {
			return err
		}
		signal := syscall.SIGKILL
		if i%stopEvery == stopEvery-1 {
			signal = syscall.SIGSTOP
		}
		at := time.Now()
		if err := leader.Signal(signal); err != nil {
			return err
		}
		if _, err := leads(ctx, heir); err != nil {
			return err
		}
		if signal == syscall.SIGSTOP {
			if err := awaken(ctx, leader); err != nil {
				return err
			}
		}
		s.Fault("round", leader.Name, at, time.Now())
		moments, leader = append(moments, at), heir
	}
	v, arrivals, err := b.finish(ctx, s, from, pick(b, time.Second, 10*time.Second))
	if err != nil {
		return err
	}
	stale := staleMessages(arrivals)
	doubles := perFault(v.DupSame, moments)
	violations := stale + len(v.Lost)
	for _, n := range doubles {
		if n > mostOpen {
			violations++
		}
	}
	b.figure(Figure{
		Who: Gobeat, Broker: title(server.RabbitMQ()), OK: sound(&v) && violations == 0,
		Figure: fmt.Sprintf("%d rounds, %d runs: violations %d; doubled in a round p50 %d, most %d; lost %d, of a former leader after its successor %d%s",
			len(moments), v.Due, violations, middle(doubles), slices.Max(doubles), len(v.Lost), stale, wrongs(&v)),
		Bar:    fmt.Sprintf("violations 0: nothing lost, nothing stale, ≤ %d doubled a round", mostOpen),
		Values: killed{nil, doubles, &v},
	})
	return nil
}

// awaken lets a stopped beat go on, and ends it when it has noticed that it was replaced.
func awaken(ctx context.Context, p *site.Program) error {
	if err := p.Signal(syscall.SIGCONT); err != nil {
		return err
	}
	if _, _, err := p.Wait(ctx, stoppedLeading); err != nil {
		return err
	}
	return p.Stop()
}

func middle(all []int) int {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}
