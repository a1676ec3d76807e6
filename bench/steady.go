package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gobeat/gobeat/internal/testenv/server"
)

// steady counts runs while more are due than can be sent: every row is due each second. The server of the database is
// one of its own, which keeps what it confirms and has memory for what is written all over: see grown.
func steady(ctx context.Context, b *bench) (err error) {
	const rows = 80_000
	st := store{title: "PostgreSQL", kind: server.Postgres(), args: grown()}
	url, end, err := st.start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	s, err := (&rig{beat: b.beat, postgres: url}).scene(ctx, b.redis)
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
	warm, long, part := 5*time.Second, 15*time.Second, 5*time.Second
	if b.long {
		long, part = 10*time.Minute, time.Minute // shows whether memory grows, and whether it becomes slower
	}
	if _, _, err := s.count(ctx, warm); err != nil {
		return err
	}
	before, err := usageOf(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	var n int64
	var took time.Duration
	slowest := math.Inf(1)
	for range int(long / part) {
		more, in, err := s.count(ctx, part)
		if err != nil {
			return err
		}
		n, took, slowest = n+more, took+in, min(slowest, float64(more)/in.Seconds())
	}
	after, err := usageOf(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	rate := float64(n) / took.Seconds()
	f := figure{Scenario: "steady", Who: "gobeat", On: "PostgreSQL, Redis", Rows: rows}
	for _, m := range []figure{
		{What: "runs sent and settled", Value: rate, Unit: "/s", Bar: "≥ 40000/s", Reached: rate >= 40_000},
		{What: fmt.Sprintf("the same, slowest part of %s", part), Value: slowest, Unit: "/s"},
		{What: "processor time of beat for one run", Value: float64((after.cpu - before.cpu).Microseconds()) / float64(n), Unit: "µs"},
		{What: "resident memory at the begin", Value: float64(before.now), Unit: "MiB"},
		{What: fmt.Sprintf("resident memory after %s", long), Value: float64(after.now), Unit: "MiB"},
	} {
		m.Scenario, m.Who, m.On, m.Rows = f.Scenario, f.Who, f.On, f.Rows
		b.record.note(m)
	}
	return nil
}

// grown are settings of a PostgreSQL for such a load, about those that its documentation wants of a server of 8 GB: by
// default it has room for 128 MB of pages and is to write all of them out after each 1 GB of log.
func grown() []string {
	return []string{
		"-c", "fsync=on", "-c", "full_page_writes=on", "-c", "shared_buffers=2GB", "-c", "max_wal_size=8GB", "-c", "checkpoint_timeout=15min",
	}
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
