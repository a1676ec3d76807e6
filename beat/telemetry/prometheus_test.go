package telemetry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/telemetry"
	"github.com/gobeat/gobeat/broker/message"
)

func TestCounts(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	p, err := telemetry.NewPrometheus(reg)
	if err != nil {
		t.Fatal(err)
	}
	due := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p.Led(true, 3)
	p.Sent(beat.Run{Instant: due}, "a", "proj.a", due.Add(2*time.Millisecond))
	p.Sent(beat.Run{Instant: due}, "b", "proj.b", due.Add(20*time.Millisecond))
	p.Failed(beat.Failure{State: message.Returned}, "c")
	p.Missed("1", "d", "coalesced", 7)
	p.Repaired(beat.Run{Instant: due}, "a")
	p.Led(false, 3)
	want := `
# HELP beat_repaired_runs_total Runs that the broker confirmed and lost, and that were sent again.
# TYPE beat_repaired_runs_total counter
beat_repaired_runs_total 1
# HELP beat_runs_failed_total Runs that will not reach a queue, by what the broker said.
# TYPE beat_runs_failed_total counter
beat_runs_failed_total{state="returned"} 1
# HELP beat_runs_missed_total Runs that were given up, by reason.
# TYPE beat_runs_missed_total counter
beat_runs_missed_total{reason="coalesced"} 7
# HELP beat_runs_sent_total Runs that the broker confirmed.
# TYPE beat_runs_sent_total counter
beat_runs_sent_total 2
# HELP beat_terms_total How often this process has become the leader.
# TYPE beat_terms_total counter
beat_terms_total 1
`
	err = testutil.GatherAndCompare(reg, strings.NewReader(want),
		"beat_repaired_runs_total", "beat_runs_failed_total", "beat_runs_missed_total", "beat_runs_sent_total", "beat_terms_total")
	if err != nil {
		t.Error(err)
	}
	if n := testutil.CollectAndCount(reg, "beat_run_lateness_seconds"); n != 1 {
		t.Errorf("%d lateness metrics, want 1", n)
	}
	if _, err := telemetry.NewPrometheus(reg); err == nil {
		t.Error("names can be registered twice")
	}
}

func TestHealthMetrics(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := telemetry.NewHealth(func() beat.Health {
		return beat.Health{
			State: beat.StateLeading, Epoch: 4, Entries: 10, Quarantined: 2, Open: 1,
			OldestDue: now.Add(-90 * time.Second), Skew: -250 * time.Millisecond, Broker: "away",
		}
	}, func() time.Time { return now }, time.Minute)
	want := `
# HELP beat_broker_trouble 1 while the broker does not answer as it should, else 0.
# TYPE beat_broker_trouble gauge
beat_broker_trouble 1
# HELP beat_clock_skew_seconds How far the local clock is ahead of the store's.
# TYPE beat_clock_skew_seconds gauge
beat_clock_skew_seconds -0.25
# HELP beat_entries Schedules in memory.
# TYPE beat_entries gauge
beat_entries 10
# HELP beat_entries_quarantined Schedules that cannot run because their row is wrong.
# TYPE beat_entries_quarantined gauge
beat_entries_quarantined 2
# HELP beat_epoch Epoch of the lease that this process holds, 0 when it holds none.
# TYPE beat_epoch gauge
beat_epoch 4
# HELP beat_healthy 1 while /healthz answers that all is well, else 0.
# TYPE beat_healthy gauge
beat_healthy 0
# HELP beat_leader 1 while this process leads, else 0.
# TYPE beat_leader gauge
beat_leader 1
# HELP beat_oldest_due_seconds How late the oldest run is that is due and not confirmed.
# TYPE beat_oldest_due_seconds gauge
beat_oldest_due_seconds 90
# HELP beat_open_batches Batches that were claimed and are not finished.
# TYPE beat_open_batches gauge
beat_open_batches 1
# HELP beat_store_trouble 1 while the store does not answer as it should, else 0.
# TYPE beat_store_trouble gauge
beat_store_trouble 0
`
	if err := testutil.CollectAndCompare(c, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	problems, err := testutil.CollectAndLint(c)
	if err != nil || len(problems) > 0 {
		t.Errorf("lint: %v, %v", problems, err)
	}
}
