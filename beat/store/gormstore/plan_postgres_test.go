package gormstore

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/internal/testenv"
)

// The plan of a claim stays with the primary keys when the statistics say that the tables are empty, as after a mass
// update that nobody has analyzed: a plan that reads whole tables took 80 times as long.
func TestPlanWithStaleStatistics(t *testing.T) {
	t.Parallel()
	s := unanalyzed(t)
	c := claim{id: uuid.New()}
	at := time.Now().Add(-time.Minute)
	for i := range int64(1000) {
		c.decisions = append(c.decisions, decision{id: i + 1, Decision: beat.Decision{Prev: at, To: at.Add(time.Second), Fire: true}})
	}
	p := s.d.(*postgres)
	plan := explain(t, p.claims, p.claimText, p.claimArgs(beat.Lease{Epoch: 1}, c)...)
	for _, whole := range []string{"Seq Scan on", "Hash Join", "Merge Join", "Materialize"} {
		if strings.Contains(plan, whole) {
			t.Errorf("the plan has a %s:\n%s", whole, plan)
		}
	}
	for _, key := range []string{"beat_cursor_pkey", "task_schedule_pkey", "periodic_task_pkey", "beat_batch_pkey"} {
		if !strings.Contains(plan, key) {
			t.Errorf("the plan does not use %s:\n%s", key, plan)
		}
	}
}

// A page of all entries looks up its tasks by their keys, whatever the statistics say. One page of 2000 took 4 s of
// 40,000 entries that were just written, 20 pages 20 s.
func TestPlanOfPageWithStaleStatistics(t *testing.T) {
	t.Parallel()
	s := unanalyzed(t)
	for _, where := range []string{"where id > $1 order by id limit $2", "where id > $1 and id <= $2", "where task_id in ($1, $2)"} {
		plan := explain(t, s.db, s.sql(s.fromSchedules(where)), 10_000, 12_000)
		for _, whole := range []string{"on periodic_task ", "Hash Join", "Merge Join", "Materialize"} {
			if strings.Contains(strings.ReplaceAll(plan, "using periodic_task_pkey on periodic_task ", ""), whole) {
				t.Errorf("the plan has a %s:\n%s", whole, plan)
			}
		}
	}
}

// The poll for changes and the read of them go by the index of transactions also under a plan that is the same for every
// snapshot. Among a million schedules that were just made each poll took 200 ms of a processor.
func TestPlanOfPoll(t *testing.T) {
	t.Parallel()
	s := unanalyzed(t)
	conn, err := s.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for _, statement := range []string{
		"analyze beat_change",
		"set plan_cache_mode = force_generic_plan",
		"prepare poll (text) as " + s.sql(pollPostgres),
		"prepare since (text, int) as " + s.sql(sincePostgres),
	} {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	for _, execute := range []string{"execute poll ('1000000:1000000:')", "execute since ('1000000:1000000:', 20001)"} {
		if plan := explain(t, conn, execute); strings.Contains(plan, "Seq Scan") || !strings.Contains(plan, "beat_change_xid") {
			t.Errorf("%s does not go by the index:\n%s", execute, plan)
		}
	}
}

// unanalyzed returns a store with 20,000 schedules on tables of which the statistics say that they are empty.
func unanalyzed(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{URL: testenv.PostgreSQL(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Prepare(t.Context(), beat.PrepareCreate); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"alter table beat_cursor set (autovacuum_enabled = false)",
		"alter table task_schedule set (autovacuum_enabled = false)",
		"alter table periodic_task set (autovacuum_enabled = false)",
		"analyze",
		"insert into periodic_task (name, task) select 'task ' || i, 'proj.add' from generate_series(1, 20000) i",
		"insert into task_schedule (task_id, kind, every, period) select id, 'interval', 1, 'seconds' from periodic_task",
		"insert into beat_cursor (schedule_id, shard, decided_to) select id, 0, now() - interval '1 hour' from task_schedule",
		"update beat_cursor set decided_to = decided_to + interval '1 second'",
	} {
		if _, err := s.db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	return s
}

func explain(t *testing.T, db querier, query string, args ...any) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "explain "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var plan strings.Builder
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&plan, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
