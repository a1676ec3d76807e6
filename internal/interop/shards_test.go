package interop_test

import (
	"fmt"
	"syscall"
	"testing"

	"github.com/gobeat/gobeat/internal/testenv"
)

// TestShardsMove runs three beats over eight shards: they share them out as they come, and the survivors take those of
// one that is killed. With misfire "all" every second of every schedule must arrive, and once.
func TestShardsMove(t *testing.T) {
	t.Parallel()
	const schedules = 40
	url := testenv.Redis(t)
	s := newSite(t, url)
	s.env = append(s.env, "BEAT_SHARDS=8")
	s.exec(t, `with t as (insert into periodic_task (name, task, misfire)
			select 't' || i, 'proj.echo', 'all' from generate_series(1, $1::int) i returning id)
		insert into task_schedule (task_id, kind, second) select id, 'crontab', '*' from t`, schedules)
	box := openRedis(t, url)
	seen := sightings{}
	join := func(shares int) *testenv.Program {
		b := s.beat(t)
		for range shares - 1 { // beat has waited for the first one
			b.WaitFor(t, "leading")
		}
		seen.collect(t, box, 2*schedules)
		return b
	}
	first, second, third := join(8), join(4), join(2)
	if got := s.shares(t); got != "3 3 2" {
		t.Errorf("the shards are shared out as %s, want 3 3 2", got)
	}
	second.Signal(t, syscall.SIGKILL)
	second.Wait(t)
	// Nothing waits for that: the survivors take what the dead one led at once, and share it out evenly when it has
	// ceased to count.
	for range 60 {
		seen.collect(t, box, schedules)
		if s.shares(t) == "4 4" {
			break
		}
	}
	if got := s.shares(t); got != "4 4" {
		t.Errorf("after one was killed the shards are shared out as %s, want 4 4", got)
	}
	first.Stop(t)
	seen.collect(t, box, 2*schedules)
	third.Stop(t)
	for _, m := range box.rest(t) {
		seen.add(m)
	}
	if len(seen) != schedules {
		t.Errorf("%d schedules ran, want %d", len(seen), schedules)
	}
	if twice := seen.check(t); twice > 0 {
		t.Errorf("%d runs came twice", twice)
	}
}

// shares tells how many shards each beat holds, the most first.
func (s *site) shares(t *testing.T) string {
	t.Helper()
	var shares string
	err := s.db.QueryRow(t.Context(), `select coalesce(string_agg(n::text, ' ' order by n desc), '') from (
		select count(*) n from beat_lease where holder is not null and expires_at > now() group by holder) l`).Scan(&shares)
	if err != nil {
		t.Fatal(fmt.Errorf("read leases: %w", err))
	}
	return shares
}
