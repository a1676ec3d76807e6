package main

import (
	"context"
	"fmt"
	"time"
)

// size shows what grows with the number of schedules: time to the first message, memory, processor time of an idle beat,
// and how soon an edit counts.
func size(ctx context.Context, b *bench) error {
	sizes := []int{1_000, 10_000, 100_000}
	if b.full {
		sizes = append(sizes, 1_000_000)
	}
	for _, n := range sizes {
		if err := b.size(ctx, n); err != nil {
			return fmt.Errorf("%d rows: %w", n, err)
		}
	}
	return nil
}

func (b *bench) size(ctx context.Context, n int) error {
	s, err := b.scene(ctx, b.redis)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.fill(ctx, n); err != nil {
		return err
	}
	note := func(what string, value float64, unit, bar string, most float64) {
		f := figure{Scenario: "size", Who: "gobeat", On: "PostgreSQL, Redis", Rows: n, What: what, Value: value, Unit: unit}
		if n == 1_000_000 && bar != "" {
			f.Bar, f.Reached = bar, value <= most
		}
		b.record.note(f)
	}
	begin, arrived, err := s.first(ctx)
	if err != nil {
		return err
	}
	note("start to first message, of the last row", arrived.Sub(begin).Seconds(), "s", "≤ 10 s", 10)
	if err := s.until(ctx, `select count(*) from task_schedule s left join beat_cursor c on c.schedule_id = s.id where c.schedule_id is null`); err != nil {
		return err
	}
	note("start to all schedules met and recorded", time.Since(begin).Seconds(), "s", "", 0)
	if err := s.exec(ctx, "update task_schedule set active = false where kind = 'interval' and every = 1"); err != nil {
		return err
	}
	if err := pause(ctx, 5*time.Second); err != nil {
		return err
	}
	before, err := usageOf(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	const idle = 10 * time.Second
	if err := pause(ctx, idle); err != nil {
		return err
	}
	after, err := usageOf(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	note("processor while idle, of one core", 100*(after.cpu-before.cpu).Seconds()/idle.Seconds(), "%", "≤ 2 %", 2)
	note("resident memory, peak", float64(after.peak), "MiB", "≤ 600 MiB", 600)
	note("resident memory, idle", float64(after.now), "MiB", "", 0)
	if _, err := s.queue.empty(ctx); err != nil {
		return err
	}
	took, err := s.edit(ctx, 20)
	if err != nil {
		return err
	}
	b.record.noteEdits(figure{Scenario: "size", Who: "gobeat", On: "PostgreSQL, Redis", Rows: n}, took)
	return nil
}

// fill makes n schedules, daily but for one that is due each second and one that edit changes, as a program does that has
// never analyzed its tables.
func (s *scene) fill(ctx context.Context, n int) error {
	for _, sql := range []string{
		fmt.Sprintf(`insert into periodic_task (name, task, args) select 'task-' || i, 'bench.many', json_build_array(i, 2)
		 from generate_series(1, %d) i`, n-2),
		`insert into task_schedule (task_id, kind, minute, hour)
		 select id, 'crontab', (id % 60)::text, (((extract(hour from now() at time zone 'UTC')::int + 2) + (id / 60) % 20) % 24)::text from periodic_task`,
		`insert into periodic_task (name, task) values ('one', 'bench.one'), ('second', 'bench.second')`,
		`insert into task_schedule (task_id, kind, every, period)
		 select id, 'interval', 1, 'seconds' from periodic_task where name = 'second'`,
	} {
		if err := s.exec(ctx, sql); err != nil {
			return err
		}
	}
	return s.addEdited(ctx)
}
