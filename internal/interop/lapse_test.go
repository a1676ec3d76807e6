package interop_test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/internal/testenv"
)

// TestRedisLosesEverything empties a database of Redis under a leader: it takes over anew, and what was confirmed within the last
// minute comes again, so that every second of every schedule is there once.
func TestRedisLosesEverything(t *testing.T) {
	t.Parallel()
	const schedules = 10
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
	beat := s.beat(t)
	for range 3 {
		beat.WaitFor(t, "Sending due task t1 ")
	}
	var before int
	// Confirmed is what the database says: the flush may hit a batch that is under way.
	if err := client.FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	beat.WaitFor(t, "msg=leading")
	beat.WaitFor(t, "Sending due task t1 ")
	beat.Stop(t)
	if err := s.db.QueryRow(t.Context(), "select count(*) from beat_ledger where state = 'confirmed'").Scan(&before); err != nil {
		t.Fatal(err)
	}
	seen := sightings{}
	for _, m := range openRedis(t, url).rest(t) {
		seen.add(m)
	}
	if twice := seen.check(t); twice > 0 {
		t.Errorf("%d runs came twice", twice)
	}
	total := 0
	for _, runs := range seen {
		total += len(runs)
	}
	if total != before || len(seen) != schedules {
		t.Errorf("%d runs of %d schedules are in the queue, the history has %d", total, len(seen), before)
	}
}
