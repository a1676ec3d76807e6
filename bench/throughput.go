package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// measureThroughput counts runs over some seconds while far more are due than can be sent: every row is due each second.
func measureThroughput(ctx context.Context, r *rig, broker string) (string, error) {
	const rows, warm, counted = 60_000, 60_000, 300_000
	s, err := r.open(ctx, broker,
		fmt.Sprintf(`insert into periodic_task (name, task, args)
		 select 'task-' || i, 'bench.many', json_build_array(i, 2) from generate_series(1, %d) i`, rows),
		`insert into task_schedule (task_id, kind, every, period) select id, 'interval', 1, 'seconds' from periodic_task`)
	if err != nil {
		return "", err
	}
	defer s.close()
	q, ok := s.queue.(redisQueue)
	if !ok {
		return "", errors.New("the throughput is measured on Redis")
	}
	if _, err := q.count(ctx, warm); err != nil {
		return "", err
	}
	start := time.Now()
	n, err := q.count(ctx, counted)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%.0f/s over %.1f s", float64(n)/time.Since(start).Seconds(), time.Since(start).Seconds()), nil
}

// count removes messages without reading them, so that looking on costs little, until there were at least n.
func (q redisQueue) count(ctx context.Context, n int64) (int64, error) {
	var seen int64
	for limit := time.Now().Add(2 * time.Minute); seen < n; {
		var length *redis.IntCmd
		_, err := q.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			length = p.LLen(ctx, "celery")
			p.Del(ctx, "celery")
			return nil
		})
		if err != nil {
			return seen, fmt.Errorf("count messages: %w", err)
		}
		if seen += length.Val(); time.Now().After(limit) {
			return seen, fmt.Errorf("%d of %d messages arrived in time", seen, n)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return seen, nil
}
