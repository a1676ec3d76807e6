package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// edit times plain updates that make a run due at once, in a small database.
func edit(ctx context.Context, b *bench) error {
	for _, on := range []struct{ name, url string }{{"Redis", b.redis}, {"RabbitMQ", b.rabbit}} {
		s, err := b.scene(ctx, on.url)
		if err != nil {
			return err
		}
		took, err := s.edits(ctx)
		s.close()
		if err != nil {
			return fmt.Errorf("%s: %w", on.name, err)
		}
		b.record.noteEdits(figure{Scenario: "edit", Who: "gobeat", On: "PostgreSQL, " + on.name, Rows: 1}, took)
	}
	return nil
}

func (r *record) noteEdits(f figure, took []float64) {
	slices.Sort(took)
	f.Unit = "ms"
	f.What, f.Value = "update of a row to its message, median", took[len(took)/2]
	f.Bar, f.Reached = "≤ 100 ms", f.Value <= 100
	r.note(f)
	f.What, f.Value, f.Bar = "update of a row to its message, worst", took[len(took)-1], ""
	r.note(f)
}

func (s *scene) edits(ctx context.Context) ([]float64, error) {
	if err := s.exec(ctx, `insert into periodic_task (name, task) values ('one', 'bench.one')`); err != nil {
		return nil, err
	}
	if err := s.addEdited(ctx); err != nil {
		return nil, err
	}
	if err := s.launch(ctx); err != nil {
		return nil, err
	}
	return s.edit(ctx, 50)
}

// addEdited gives the task "one" the schedule that edit changes.
func (s *scene) addEdited(ctx context.Context) error {
	return s.exec(ctx, `insert into task_schedule (task_id, kind, every, period)
		select id, 'interval', 1000, 'days' from periodic_task where namespace = '' and name = 'one'`)
}

// edit makes the task "one" due at once, so many times, and returns after how many milliseconds its message came.
func (s *scene) edit(ctx context.Context, times int) ([]float64, error) {
	took := make([]float64, times)
	for i := range took {
		start := time.Now()
		err := s.exec(ctx, `update task_schedule set kind = 'clocked', clocked_time = clock_timestamp(), active = true
			where task_id = (select id from periodic_task where namespace = '' and name = 'one')`)
		if err != nil {
			return nil, err
		}
		arrived, err := s.queue.take(ctx, 1, 30*time.Second)
		if err != nil {
			return nil, err
		}
		if len(arrived) == 0 {
			return nil, fmt.Errorf("no message for edit %d", i+1)
		}
		took[i] = milliseconds(arrived[0].Sub(start))
	}
	return took, nil
}
