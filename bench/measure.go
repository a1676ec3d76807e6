package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

const oneTask = `insert into periodic_task (name, task) values ('one', 'bench.one')`

// measureEdit times plain updates that make a run due at once.
func measureEdit(ctx context.Context, r *rig, broker string) (string, error) {
	s, err := r.open(ctx, broker, oneTask,
		`insert into task_schedule (task_id, kind, every, period) select id, 'interval', 1000, 'days' from periodic_task`)
	if err != nil {
		return "", err
	}
	defer s.close()
	const times = 50
	took := make([]time.Duration, times)
	for i := range took {
		start := time.Now()
		err := s.exec(ctx, `update task_schedule set kind = 'clocked', clocked_time = clock_timestamp(), active = true`)
		if err != nil {
			return "", err
		}
		end, err := s.queue.take(ctx, 1)
		if err != nil {
			return "", err
		}
		took[i] = end.Sub(start)
	}
	slices.Sort(took)
	return fmt.Sprintf("median %s, worst %s", ms(took[times/2]), ms(took[times-1])), nil
}

// measureBurst times the last of many messages that are due at the same instant.
func measureBurst(ctx context.Context, r *rig, broker string) (string, error) {
	s, err := r.open(ctx, broker)
	if err != nil {
		return "", err
	}
	defer s.close()
	const n = 1000
	at := time.Now().Add(5 * time.Second).Truncate(time.Second)
	err = s.exec(ctx, `with t as (insert into periodic_task (name, task, args) select 't' || i, 'bench.many', '[1, 2]'
		  from generate_series(1, $1::int) i returning id)
		insert into task_schedule (task_id, kind, second) select id, 'crontab', $2 from t`, n, strconv.Itoa(at.Second()))
	if err != nil {
		return "", err
	}
	end, err := s.queue.take(ctx, n)
	if err != nil {
		return "", err
	}
	return ms(end.Sub(at)), nil
}

// measureMemory reads what the system says of a beat that has loaded and anchored many rows.
func measureMemory(ctx context.Context, r *rig, broker string) (string, error) {
	s, err := r.open(ctx, broker,
		`insert into periodic_task (name, task, args) select 'task-' || i, 'bench.many', json_build_array(i, 2)
		 from generate_series(1, 100000) i`,
		`insert into task_schedule (task_id, kind, minute, hour)
		 select id, 'crontab', (id % 60)::text, ((id / 60) % 24)::text from periodic_task`)
	if err != nil {
		return "", err
	}
	defer s.close()
	for n := 0; n < 100000; {
		if err := s.db.QueryRow(ctx, `select count(*) from beat_cursor`).Scan(&n); err != nil {
			return "", fmt.Errorf("count cursors: %w", err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return "", fmt.Errorf("read memory of the process: %w", err)
	}
	var out []string
	for line := range strings.Lines(string(status)) {
		if name, value, ok := strings.Cut(line, ":"); ok && (name == "VmRSS" || name == "VmHWM") {
			out = append(out, name+" "+strings.TrimSpace(value))
		}
	}
	return strings.Join(out, ", "), nil
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
