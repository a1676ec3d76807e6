package main

import (
	"context"
	"fmt"
	"time"
)

// steady counts runs while more are due than can be sent: every row is due each second.
func steady(ctx context.Context, b *bench) error {
	const rows = 60_000
	s, err := b.scene(ctx, b.redis)
	if err != nil {
		return err
	}
	defer s.close()
	for _, sql := range []string{
		fmt.Sprintf(`insert into periodic_task (name, task, args)
		 select 'task-' || i, 'bench.many', json_build_array(i, 2) from generate_series(1, %d) i`, rows),
		`insert into task_schedule (task_id, kind, every, period) select id, 'interval', 1, 'seconds' from periodic_task`,
	} {
		if err := s.exec(ctx, sql); err != nil {
			return err
		}
	}
	if err := s.launch(ctx); err != nil {
		return err
	}
	warm, long := 5*time.Second, 15*time.Second
	if b.long {
		long = 10 * time.Minute // shows whether memory grows
	}
	if _, _, err := s.count(ctx, warm); err != nil {
		return err
	}
	before, err := usageOf(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	n, took, err := s.count(ctx, long)
	if err != nil {
		return err
	}
	after, err := usageOf(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	rate := float64(n) / took.Seconds()
	f := figure{Scenario: "steady", Who: "gobeat", On: "PostgreSQL, Redis", Rows: rows}
	for _, m := range []figure{
		{What: "runs sent and settled", Value: rate, Unit: "/s", Bar: "≥ 40000/s", Reached: rate >= 40_000},
		{What: "processor time of beat for one run", Value: float64((after.cpu - before.cpu).Microseconds()) / float64(n), Unit: "µs"},
		{What: "resident memory at the begin", Value: float64(before.now), Unit: "MiB"},
		{What: fmt.Sprintf("resident memory after %s", long), Value: float64(after.now), Unit: "MiB"},
	} {
		m.Scenario, m.Who, m.On, m.Rows = f.Scenario, f.Who, f.On, f.Rows
		b.record.note(m)
	}
	return nil
}

// count removes messages without reading them, so that looking on costs little.
func (s *scene) count(ctx context.Context, long time.Duration) (n int64, took time.Duration, err error) {
	begin := time.Now()
	for time.Since(begin) < long {
		more, err := s.queue.empty(ctx)
		if err != nil {
			return n, 0, err
		}
		n += more
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return n, 0, err
		}
	}
	return n, time.Since(begin), nil
}
