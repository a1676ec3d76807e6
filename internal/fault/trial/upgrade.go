package trial

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// mostHandover is how long a planned change of the leader may take.
const mostHandover = 500 * time.Millisecond

// upgrades replaces three beats one after the other by newer ones, and those by older ones again.
func upgrades(ctx context.Context, b *Bench) error {
	return b.onEach(ctx, func(ctx context.Context, broker server.Kind, s *site.Site) error {
		first, from, err := b.beginWith(ctx, s, b.Tools.Before, site.Mixed(200, time.Now().Add(ahead), history.All))
		if err != nil {
			return err
		}
		beats := []*site.Program{first}
		for i := range 2 {
			p, err := s.BeatOf(ctx, b.Tools.Before, fmt.Sprintf("before-%d", i+1))
			if err != nil {
				return err
			}
			if _, _, err := p.Wait(ctx, standingBy); err != nil {
				return err
			}
			beats = append(beats, p)
		}
		var changes []change
		for _, to := range []struct{ program, name string }{{b.Tools.Beat, "now"}, {b.Tools.Before, "again"}} {
			for i, old := range beats {
				at := time.Now()
				if err := old.Signal(syscall.SIGTERM); err != nil {
					return err
				}
				if beats[i], err = s.BeatOf(ctx, to.program, fmt.Sprintf("%s-%d", to.name, i)); err != nil {
					return err
				}
				if _, _, err := beats[i].Wait(ctx, standingBy, leading); err != nil {
					return err
				}
				<-old.Done()
				s.Fault("replaced", old.Name, at, time.Now())
				changes = append(changes, change{at: at})
				if err := sleep(ctx, pick(b, 500*time.Millisecond, 5*time.Second)); err != nil {
					return err
				}
			}
		}
		v, arrivals, err := b.finish(ctx, s, from, pick(b, time.Second, 10*time.Second))
		if err != nil {
			return err
		}
		pauses := silences(changes, arrivals)
		b.figure(Figure{
			Who: Gobeat, Broker: title(broker), OK: v.Clean() && v.Due > 0 && pauses.at(1) <= mostHandover,
			Figure: fmt.Sprintf("%d beats replaced, there and back: lost %d of %d, doubled %d; longest silence %s%s", len(changes), len(v.Lost),
				v.Due, len(v.DupSame), seconds(pauses.at(1)), wrongs(&v)),
			Bar: "lost 0, doubled 0, silence ≤ " + seconds(mostHandover), Values: failedOver{pauses, &v},
		})
		return nil
	})
}

// silences returns for each change the longest time without a message in the two seconds after it. Messages are due
// every few milliseconds.
func silences(changes []change, arrivals []history.Arrival) spread {
	var all []time.Duration
	for _, c := range changes {
		longest, last := time.Duration(0), c.at
		for _, at := range moments(arrivals) {
			if at.Before(c.at) {
				continue
			}
			if at.Sub(c.at) > 2*time.Second {
				break
			}
			longest, last = max(longest, at.Sub(last)), at
		}
		all = append(all, longest)
	}
	return newSpread(all)
}
