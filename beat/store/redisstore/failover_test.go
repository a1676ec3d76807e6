package redisstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	goredis "github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/redisstore"
	"github.com/gobeat/gobeat/broker/redisdial"
	"github.com/gobeat/gobeat/internal/testenv"
)

// TestFailover: sentinels put a replica in the place of a master that died. Stores find it by themselves; what the replica
// had is there, a run that was claimed is not claimed again, and the leader goes on or is told that it is none.
func TestFailover(t *testing.T) {
	t.Parallel()
	s := testenv.StartSentinels(t)
	c := redisstore.Config{URL: s.URL(), Sentinel: redisdial.Sentinel{
		Master: testenv.SentinelMaster, Password: testenv.SentinelPassword, MinOthers: 2,
	}}
	a, b := open(t, c), open(t, c)
	ctx := t.Context()
	entry, err := a.Add(ctx, beat.Entry{
		Name: "one", Task: "t", Enabled: true, Active: true, Spec: schedule.Spec{Kind: schedule.KindInterval, Every: 1, Period: "seconds"},
	})
	if err != nil {
		t.Fatal(err)
	}
	own, err := a.Acquire(ctx, 0, beat.Holder{ID: uuid.New(), Name: "a"}, time.Hour, 0)
	if err != nil {
		t.Fatal(err)
	}
	to := time.Now().UTC().Truncate(time.Microsecond)
	claim := func(s *redisstore.Store, l beat.Lease) ([]beat.EntryID, error) {
		return s.Claim(ctx, l, beat.Batch{ID: uuid.New(), Decisions: []beat.Decision{{ID: entry.ID, To: to, Fire: true}}})
	}
	if taken, err := claim(a, own); err != nil || len(taken) != 1 {
		t.Fatalf("claim = %v, %v, want it taken", taken, err)
	}
	replicated(t, s)
	s.Failover(t, s.Master.Kill)

	var leader beat.LeaseState
	again(t, func() error { leader, err = b.Leader(ctx, 0); return err })
	if !leader.Held || leader.Holder != own.Holder {
		t.Errorf("leader %+v, want the one before", leader)
	}
	again(t, func() error { own, err = a.Renew(ctx, own, time.Hour); return err })
	if taken, err := claim(a, own); err != nil || len(taken) != 0 {
		t.Errorf("claimed again: %v, %v", taken, err)
	}
	found, err := b.Get(ctx, []beat.EntryID{entry.ID})
	if err != nil || !found[entry.ID].LastRun.Equal(to) || found[entry.ID].Fires != 1 {
		t.Errorf("cursors %+v, %v, want the run at %v", found, err, to)
	}
}

// replicated waits until the replica has everything.
func replicated(t *testing.T, s *testenv.Sentinels) {
	t.Helper()
	options, err := goredis.ParseURL(s.MasterURL())
	if err != nil {
		t.Fatal(err)
	}
	client := goredis.NewClient(options)
	defer client.Close()
	// WAIT is about what its own connection wrote.
	if err := client.Set(t.Context(), "written", "last", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if n, err := client.Wait(t.Context(), 1, 0).Result(); err != nil || n != 1 {
		t.Fatalf("%d replicas have it, %v", n, err)
	}
}

// again tries while the master cannot be reached.
func again(t *testing.T, try func() error) {
	t.Helper()
	for {
		err := try()
		if err == nil {
			return
		}
		if !errors.Is(err, beat.ErrUnavailable) {
			t.Fatal(err)
		}
	}
}
