package main

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// crontabs makes n tasks that are due in one second of each minute.
const crontabs = `with t as (insert into periodic_task (name, task, args) select 't' || i, 'bench.many', '[1, 2]'
	  from generate_series(1, $1::int) i returning id)
	insert into task_schedule (task_id, kind, second) select id, 'crontab', $2 from t`

// burst times messages that are all due at the same instant, with every guarantee on.
func burst(ctx context.Context, b *bench) error {
	sizes := []int{1_000, 10_000}
	if b.full {
		sizes = append(sizes, 100_000)
	}
	for _, n := range sizes {
		for _, on := range []struct{ name, url string }{{"Redis", b.redis}, {"RabbitMQ", b.rabbit}} {
			if err := b.burst(ctx, n, on.name, on.url); err != nil {
				return fmt.Errorf("%d on %s: %w", n, on.name, err)
			}
		}
	}
	return nil
}

func (b *bench) burst(ctx context.Context, n int, on, broker string) error {
	s, err := b.scene(ctx, broker)
	if err != nil {
		return err
	}
	defer s.close()
	// The rows are read, anchored and settled by then.
	at := time.Now().Add(8*time.Second + time.Duration(n/5_000)*time.Second).Truncate(time.Second)
	if err := s.exec(ctx, crontabs, n, strconv.Itoa(at.Second())); err != nil {
		return err
	}
	if err := s.launch(ctx); err != nil {
		return err
	}
	if early := time.Until(at); early < time.Second {
		return fmt.Errorf("was ready %s before the instant, which is too late to tell anything", early)
	}
	before, err := usageOf(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	arrived, err := s.take(ctx, n, time.Until(at)+20*time.Second)
	if err != nil {
		return err
	}
	after, err := usageOf(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	f := figure{Scenario: "burst", Who: "gobeat", On: on, Rows: n, What: "last message behind the instant", Unit: "ms"}
	f.Value = milliseconds(arrived[n-1].Sub(at))
	if n == 10_000 {
		f = b.judged(f)
	}
	b.record.note(f)
	b.record.note(figure{
		Scenario: "burst", Who: "gobeat", On: on, Rows: n, What: "first message behind the instant", Value: milliseconds(arrived[0].Sub(at)), Unit: "ms",
	})
	b.record.note(figure{
		Scenario: "burst", Who: "gobeat", On: on, Rows: n, What: "processor time of beat for one run",
		Value: float64((after.cpu - before.cpu).Microseconds()) / float64(n), Unit: "µs",
	})
	if n == 10_000 {
		b.record.curves = append(b.record.curves, arrivals(on, at, arrived))
	}
	return nil
}

// judged adds the bar of a burst of 10,000.
func (b *bench) judged(f figure) figure {
	if f.On == "Redis" {
		f.Bar, f.Reached = "≤ 200 ms", f.Value <= 200
		return f
	}
	ceiling := b.record.value("ceilings", "publishes, confirmed, 1,000 in flight")
	if ceiling == 0 {
		return f
	}
	most := float64(f.Rows) / (0.9 * ceiling) * 1000
	f.Bar, f.Reached = fmt.Sprintf("≤ %.0f ms: 90 %% of the ceiling", most), f.Value <= most
	return f
}

// arrivals is how many messages had come by when, about a hundred points.
func arrivals(on string, at time.Time, arrived []time.Time) curve {
	c := curve{Scenario: "burst", Name: on}
	for i := 0; i < len(arrived); i += max(1, len(arrived)/100) {
		c.Points = append(c.Points, [2]float64{milliseconds(arrived[i].Sub(at)), float64(i + 1)})
	}
	last := len(arrived) - 1
	c.Points = append(c.Points, [2]float64{milliseconds(arrived[last].Sub(at)), float64(last + 1)})
	return c
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
