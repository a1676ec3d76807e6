package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// lateness times single messages of an otherwise idle beat: a task that is due each second.
func lateness(ctx context.Context, b *bench) error {
	runs := 30
	if b.long {
		runs = 600
	}
	for _, on := range []struct{ name, url string }{{"Redis", b.redis}, {"RabbitMQ", b.rabbit}} {
		s, err := b.scene(ctx, on.url)
		if err != nil {
			return err
		}
		late, err := s.lateness(ctx, runs)
		s.close()
		if err != nil {
			return fmt.Errorf("%s: %w", on.name, err)
		}
		slices.Sort(late)
		f := figure{Scenario: "lateness", Who: "gobeat", On: on.name, Rows: 1, Unit: "ms"}
		f.What, f.Value, f.Bar = "message behind its instant, median", late[len(late)/2], "≤ 2 ms"
		f.Reached = f.Value <= 2
		b.record.note(f)
		f.What, f.Value, f.Bar = "message behind its instant, 99 of 100", late[len(late)*99/100], "≤ 10 ms"
		f.Reached = f.Value <= 10
		b.record.note(f)
	}
	return nil
}

// lateness returns by how many milliseconds each run was late.
func (s *scene) lateness(ctx context.Context, runs int) ([]float64, error) {
	if err := s.exec(ctx, crontabs, 1, "*"); err != nil {
		return nil, err
	}
	if err := s.launch(ctx); err != nil {
		return nil, err
	}
	if _, err := s.queue.take(ctx, 2, 10*time.Second); err != nil { // connections are open then
		return nil, err
	}
	late := make([]float64, 0, runs)
	for range runs {
		arrived, err := s.queue.take(ctx, 1, 10*time.Second)
		if err != nil {
			return nil, err
		}
		if len(arrived) == 0 {
			return nil, fmt.Errorf("no message for ten seconds after %d", len(late))
		}
		late = append(late, milliseconds(arrived[0].Sub(arrived[0].Truncate(time.Second))))
	}
	return late, nil
}
