package interop_test

import (
	"context"
	"encoding/json"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/internal/testenv"
)

// TestKilledBeats kills one leader after the other with SIGKILL while another beat stands by. With misfire "all" every
// second of every schedule must arrive once: nothing is lost, and Redis remembers what a dead leader had sent.
func TestKilledBeats(t *testing.T) {
	t.Parallel()
	const schedules = 20
	url := testenv.Redis(t)
	s := newSite(t, url)
	s.exec(t, `with t as (insert into periodic_task (name, task, misfire)
			select 't' || i, 'proj.echo', 'all' from generate_series(1, $1::int) i returning id)
		insert into task_schedule (task_id, kind, second) select id, 'crontab', '*' from t`, schedules)
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })

	seen := map[string]map[int64]int{}
	for range 3 {
		leader := s.beat(t)
		collect(t, client, seen, 4*schedules)
		leader.Signal(t, syscall.SIGKILL)
		leader.Wait(t)
	}
	last := s.beat(t)
	collect(t, client, seen, 4*schedules)
	last.Stop(t)
	rest, err := client.LLen(t.Context(), "celery").Result()
	if err != nil {
		t.Fatal(err)
	}
	collect(t, client, seen, int(rest))

	if len(seen) != schedules {
		t.Errorf("%d schedules ran, want %d", len(seen), schedules)
	}
	for name, runs := range seen {
		var low, high int64
		for at, times := range runs {
			if times != 1 {
				t.Errorf("%s ran %d times for second %d", name, times, at)
			}
			if low == 0 || at < low {
				low = at
			}
			high = max(high, at)
		}
		if missing := high - low + 1 - int64(len(runs)); missing != 0 {
			t.Errorf("%s lost %d of %d runs", name, missing, high-low+1)
		}
	}
}

// collect takes n messages from Celery's default queue and counts them by schedule and planned second.
func collect(t *testing.T, client *redis.Client, seen map[string]map[int64]int, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for i := range n {
		got, err := client.BRPop(ctx, 30*time.Second, "celery").Result()
		if err != nil {
			t.Fatalf("message %d of %d: %v", i+1, n, err)
		}
		var m struct {
			Headers struct {
				Name string    `json:"periodic_task_name"`
				At   time.Time `json:"beat_scheduled_for"`
			}
		}
		if err := json.Unmarshal([]byte(got[1]), &m); err != nil {
			t.Fatalf("%s: %v", strconv.Quote(got[1]), err)
		}
		if seen[m.Headers.Name] == nil {
			seen[m.Headers.Name] = map[int64]int{}
		}
		seen[m.Headers.Name][m.Headers.At.Unix()]++
	}
}
