package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// changes shows what mass edits do to a beat that has many schedules and runs each second: 10,000 rows that one statement
// makes due, and one that changes every row.
func changes(ctx context.Context, b *bench) error {
	n := 100_000
	if b.full {
		n = 1_000_000
	}
	s, err := b.scene(ctx, b.redis)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.fill(ctx, n); err != nil {
		return err
	}
	if err := s.exec(ctx, `update task_schedule set kind = 'crontab', second = '*' where kind = 'interval' and every = 1`); err != nil {
		return err
	}
	if err := s.launch(ctx); err != nil {
		return err
	}
	note := func(what string, value float64, unit string) {
		b.record.note(figure{Scenario: "changes", Who: "gobeat", On: "PostgreSQL, Redis", Rows: n, What: what, Value: value, Unit: unit})
	}
	took, last, err := s.makeDue(ctx)
	if err != nil {
		return err
	}
	note("10,000 rows made due by one statement: the statement", took, "ms")
	note("its commit to the last of 10,000 messages", last, "ms")
	took, last, late, err := s.touchAll(ctx, n)
	if err != nil {
		return err
	}
	note("an update of every row: the statement", took/1000, "s")
	note(fmt.Sprintf("its commit until %d rows, spread over all, are sent as changed", probes), last/1000, "s")
	note("their runs of each second meanwhile, latest behind its instant", late, "ms")
	return nil
}

// makeDue returns milliseconds: how long the statement took, and from its end to the last message.
func (s *scene) makeDue(ctx context.Context) (took, last float64, err error) {
	const many = 10_000
	if _, err := s.queue.empty(ctx); err != nil {
		return 0, 0, err
	}
	begin := time.Now()
	err = s.exec(ctx, `update task_schedule set kind = 'clocked', clocked_time = clock_timestamp()
		where id in (select id from task_schedule where hour is not null order by id limit $1)`, many)
	if err != nil {
		return 0, 0, err
	}
	committed := time.Now()
	arrived, err := s.take(ctx, many, 30*time.Second)
	if err != nil {
		return 0, 0, err
	}
	return milliseconds(committed.Sub(begin)), milliseconds(arrived[many-1].Sub(committed)), nil
}

// probes are rows that run each second while all are changed.
const probes = 10

// touchAll sends every task to another queue. It returns milliseconds: how long the statement took, from its end to the last
// run that came where all did before, and by how much the latest of those was late.
func (s *scene) touchAll(ctx context.Context, n int) (took, last, late float64, err error) {
	err = s.exec(ctx, `update task_schedule set kind = 'crontab', second = '*', minute = '*', hour = '*' where id % $1 = 0`, n/probes)
	if err != nil {
		return 0, 0, 0, err
	}
	if _, err := s.take(ctx, 3*probes, 30*time.Second); err != nil {
		return 0, 0, 0, err
	}
	conn, err := s.rig.connect(ctx, s.url)
	if err != nil {
		return 0, 0, 0, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	begin := time.Now()
	committed := make(chan time.Time, 1)
	failed := make(chan error, 1)
	go func() {
		_, err := conn.Exec(ctx, `update periodic_task set queue = 'other'`)
		committed <- time.Now()
		failed <- err
	}()
	const silence = 10 * time.Second
	arrived, err := s.queue.take(ctx, 100_000, silence)
	if err = errors.Join(err, <-failed); err != nil {
		return 0, 0, 0, fmt.Errorf("change all rows: %w", err)
	}
	if len(arrived) == 0 {
		return 0, 0, 0, errors.New("no run while the rows changed")
	}
	end := <-committed
	for _, at := range arrived {
		late = max(late, milliseconds(at.Sub(at.Truncate(time.Second))))
	}
	return milliseconds(end.Sub(begin)), max(0, milliseconds(arrived[len(arrived)-1].Sub(end))), late, nil
}
