package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gobeat/gobeat/internal/testenv/process"
)

// stores puts the same loads on each store, through Redis, on servers that are started for it and keep what they confirm:
// more than can be sent, and some that goes on while leaders are killed.
func stores(ctx context.Context, b *bench) error {
	for _, st := range allStores() {
		m, err := b.measure(ctx, &st)
		if err != nil {
			return fmt.Errorf("%s: %w", st.title, err)
		}
		on := st.title + ", Redis"
		b.record.note(figure{
			Scenario: "stores", Who: "gobeat", On: on, Rows: offeredRows, What: "runs sent and settled", Value: m.rate, Unit: "/s",
		})
		slices.Sort(m.pauses)
		f := figure{Scenario: "stores", Who: "gobeat", On: on, Rows: calmRows, Unit: "s"}
		f.What, f.Value = "leader killed, another beat beside it: nothing is sent for, median", m.pauses[len(m.pauses)/2]
		b.record.note(f)
		f.What, f.Value = fmt.Sprintf("the same, worst of %d", kills), m.pauses[len(m.pauses)-1]
		f.Bar, f.Reached = fmt.Sprintf("≤ %.0f s", st.most.Seconds()), f.Value <= st.most.Seconds()
		b.record.note(f)
	}
	return nil
}

const (
	offeredRows  = 500
	offeredEvery = 12500 * time.Microsecond // 40,000 runs a second are due
	calmRows     = 10
	calmEvery    = 20 * time.Millisecond // as exact as the pause is known
	kills        = 3
)

// rateOf returns how many runs a second are sent.
func (b *bench) rateOf(ctx context.Context, url string) (float64, error) {
	s, err := b.sceneIn(ctx, url, "rate", offeredRows, offeredEvery)
	if err != nil {
		return 0, err
	}
	defer s.close()
	if _, _, err := s.first(ctx); err != nil {
		return 0, err
	}
	const warm, long = 5 * time.Second, 10 * time.Second
	if _, _, err := s.count(ctx, warm); err != nil {
		return 0, err
	}
	n, took, err := s.count(ctx, long)
	return float64(n) / took.Seconds(), err
}

// pausesOf kills leaders and returns for how many seconds nothing was sent each time.
func (b *bench) pausesOf(ctx context.Context, url string) ([]float64, error) {
	s, err := b.sceneIn(ctx, url, "pauses", calmRows, calmEvery)
	if err != nil {
		return nil, err
	}
	defer s.close()
	leader, err := s.beatUntil(ctx, "leading")
	if err != nil {
		return nil, err
	}
	pauses := make([]float64, kills)
	for i := range pauses {
		next, err := s.beatUntil(ctx, "standing by")
		if err != nil {
			return nil, err
		}
		if err := pause(ctx, time.Second); err != nil {
			return nil, err
		}
		at := time.Now()
		if err := leader.End(syscall.SIGKILL); err != nil {
			return nil, err
		}
		// What the dead leader had sent is not the successor's.
		if _, err := s.queue.empty(ctx); err != nil {
			return nil, err
		}
		arrived, err := s.take(ctx, 1, time.Minute)
		if err != nil {
			return nil, err
		}
		pauses[i], leader = arrived[0].Sub(at).Seconds(), next
	}
	return pauses, nil
}

// sceneIn is a scene on a database of any kind, in a namespace of its own, with rows that are due every so often.
func (b *bench) sceneIn(ctx context.Context, url, namespace string, rows int, every time.Duration) (s *scene, err error) {
	s = &scene{rig: &b.rig, url: url}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if err := s.aim(ctx, b.redis); err != nil {
		return nil, err
	}
	s.env = append(s.env, "BEAT_NAMESPACE="+namespace)
	var text bytes.Buffer
	lines := json.NewEncoder(&text)
	err = lines.Encode(map[string]int{"gobeat": 1})
	for i := 0; err == nil && i < rows; i++ {
		err = lines.Encode(map[string]any{
			"name": fmt.Sprintf("task-%d", i), "task": "bench.many", "args": fmt.Sprintf("[%d, 2]", i),
			"schedules": []any{map[string]any{"kind": "interval", "every": every.Microseconds(), "period": "microseconds"}},
		})
	}
	if err != nil {
		return nil, fmt.Errorf("write rows: %w", err)
	}
	return s, s.command(ctx, text.Bytes(), "import", "-")
}

// beatUntil starts a beat and waits until it says something.
func (s *scene) beatUntil(ctx context.Context, says string) (*process.Process, error) {
	said := make(chan struct{}, 1)
	cmd := exec.CommandContext(ctx, s.rig.beat, "run", "--loglevel", "info", "--log-format", "json")
	cmd.Env = s.env
	beat, err := process.Start(cmd, func(line string) {
		if strings.Contains(line, `"msg":"`+says) {
			select {
			case said <- struct{}{}:
			default: // it is known
			}
		}
	})
	if err != nil {
		return nil, err
	}
	s.cleanup = append(s.cleanup, func() { _ = beat.End(syscall.SIGTERM) })
	select {
	case <-said:
		return beat, nil
	case <-beat.Done():
		return nil, fmt.Errorf("beat ended before it said %q", says)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
