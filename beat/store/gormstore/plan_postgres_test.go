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
	c := claim{id: uuid.New()}
	at := time.Now().Add(-time.Minute)
	for i := range int64(1000) {
		c.decisions = append(c.decisions, decision{id: i + 1, Decision: beat.Decision{Prev: at, To: at.Add(time.Second), Fire: true}})
	}
	p := s.d.(*postgres)
	rows, err := p.claims.QueryContext(t.Context(), "explain "+p.claimText, p.claimArgs(beat.Lease{Epoch: 1}, c)...)
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
	for _, whole := range []string{"Seq Scan on", "Hash Join", "Merge Join", "Materialize"} {
		if strings.Contains(plan.String(), whole) {
			t.Errorf("the plan has a %s:\n%s", whole, plan.String())
		}
	}
	for _, key := range []string{"beat_cursor_pkey", "task_schedule_pkey", "periodic_task_pkey", "beat_batch_pkey"} {
		if !strings.Contains(plan.String(), key) {
			t.Errorf("the plan does not use %s:\n%s", key, plan.String())
		}
	}
}
