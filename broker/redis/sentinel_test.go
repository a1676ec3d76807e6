package redis_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/broker/brokertest"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/redis"
	"github.com/gobeat/gobeat/internal/testenv"
)

func watched(t testing.TB) redis.Sentinel {
	t.Helper()
	return redis.Sentinel{Master: testenv.SentinelMaster, Password: testenv.SentinelPassword, MinOthers: 2}
}

// masterURL returns the address of a server as a client of its own takes it.
func masterURL(url string) string {
	return strings.Replace(url, "redis://", "redis://:"+testenv.MasterPassword+"@", 1)
}

// TestFailover publishes while the master is killed. Each batch is given again until it is confirmed, as the scheduler does.
// What the old master did not hand on before it died is lost and known to be; nothing that the new one knows comes twice.
func TestFailover(t *testing.T) {
	t.Parallel()
	s := testenv.StartSentinels(t)
	p := open(t, s.URL(), redis.Config{Sentinel: watched(t)})
	fence := leader(1)
	if err := p.TakeOver(t.Context(), fence); err != nil {
		t.Fatal(err)
	}
	var batches []message.Batch
	failed := make(chan message.Batch, 1)
	started := make(chan struct{})
	go func() {
		for {
			b := brokertest.Batch("q", 40)
			if _, err := p.Publish(t.Context(), b); err != nil {
				if !errors.Is(err, message.ErrUnavailable) {
					t.Errorf("got %v, want ErrUnavailable", err)
				}
				t.Logf("after %d batches: %v", len(batches), err)
				failed <- b
				return
			}
			if batches = append(batches, b); len(batches) == 20 {
				close(started)
			}
		}
	}()
	<-started
	s.Failover(t, s.Master.Kill)
	batches = append(batches, <-failed)
	kept := 0
	for _, b := range batches {
		known, err := p.Lookup(t.Context(), b.ID, 40)
		if err != nil {
			t.Fatal(err)
		}
		kept += states(known)[message.Confirmed]
	}
	db := client(t, masterURL(s.Replica.URL()))
	if n, err := db.LLen(t.Context(), "q").Result(); err != nil || int(n) != kept {
		t.Errorf("got %d messages and %v on the new master, which remembers %d", n, err, kept)
	}
	if !lapsed(p) {
		t.Error("the failover was not noticed as a possible loss")
	}
	for _, b := range batches {
		if out, err := p.Publish(t.Context(), b); err != nil || states(out)[message.Confirmed] != 40 {
			t.Fatalf("got %v and %v, want that all are confirmed", states(out), err)
		}
	}
	got := take(t, db, "q")
	if len(got) != 40*len(batches) {
		t.Errorf("got %d messages, want 40 of each of %d batches", len(got), len(batches))
	}
	t.Logf("%d batches of 40 messages; the new master had %d messages of them", len(batches), kept)
}

// TestFailoverByOrder publishes to a former master that does not know yet that it is replaced: what it confirms then is lost.
// When it learns of it, the publisher comes to the new master, reports that, and can tell what is missing there.
func TestFailoverByOrder(t *testing.T) {
	t.Parallel()
	s := testenv.StartSentinels(t)
	faithful, restless := watched(t), watched(t)
	faithful.Lifetime, restless.Lifetime = time.Hour, time.Nanosecond
	p := open(t, s.URL(), redis.Config{Sentinel: faithful})
	if err := p.TakeOver(t.Context(), leader(1)); err != nil {
		t.Fatal(err)
	}
	publish := func(b message.Batch) {
		t.Helper()
		if out, err := p.Publish(t.Context(), b); err != nil || states(out)[message.Confirmed] != 40 {
			t.Fatalf("got %v and %v, want that all are confirmed", states(out), err)
		}
	}
	kept, lost := brokertest.Batch("q", 40), brokertest.Batch("q", 40)
	publish(kept)
	former := client(t, masterURL(s.Master.URL()))
	if n, err := former.Wait(t.Context(), 1, 0).Result(); err != nil || n != 1 {
		t.Fatalf("got %d replicas and %v", n, err)
	}
	aware := open(t, s.URL(), redis.Config{Sentinel: restless})
	if err := aware.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Failover(t, func() error { return s.Order(t.Context()) })
	publish(lost)
	// A publisher whose connections have had their time is with the new master already.
	if out, err := aware.Publish(t.Context(), brokertest.Batch("other", 40)); err != nil || states(out)[message.Confirmed] != 40 {
		t.Fatalf("got %v and %v, want that all are confirmed", states(out), err)
	}
	if got := len(take(t, client(t, masterURL(s.Replica.URL())), "other")); got != 40 {
		t.Errorf("got %d messages on the new master, want 40", got)
	}
	if err := former.BLPop(t.Context(), 0, "nothing").Err(); err == nil { // ends when it becomes a replica
		t.Fatal("got something out of an empty list")
	}
	for b, want := range map[*message.Batch]int{&kept: 40, &lost: 0} {
		known, err := p.Lookup(t.Context(), b.ID, 40)
		if err != nil {
			t.Fatal(err)
		}
		if got := states(known)[message.Confirmed]; got != want {
			t.Errorf("got %d messages that the new master knows, want %d", got, want)
		}
	}
	if !lapsed(p) {
		t.Error("the failover was not noticed as a possible loss")
	}
	publish(kept)
	publish(lost)
	if got := len(take(t, client(t, masterURL(s.Replica.URL())), "q")); got != 80 {
		t.Errorf("got %d messages, want 80", got)
	}
}

func TestSentinelRefuses(t *testing.T) {
	t.Parallel()
	s := testenv.StartSentinels(t)
	tests := []struct {
		name   string
		change func(c *redis.Sentinel)
		want   string
	}{
		{"unknown name", func(c *redis.Sentinel) { c.Master = "other" }, `for master "other"`},
		{"wrong password", func(c *redis.Sentinel) { c.Password = "hunter2" }, "WRONGPASS"},
		{"too few others", func(c *redis.Sentinel) { c.MinOthers = 3 }, `sees "2" other sentinels, min_other_sentinels wants 3`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := watched(t)
			tt.change(&c)
			err := open(t, s.URL(), redis.Config{Sentinel: c}).Check(t.Context())
			if !errors.Is(err, message.ErrUnavailable) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v, want ErrUnavailable with %q and no password", err, tt.want)
			}
		})
	}
	t.Run("one of them is down", func(t *testing.T) {
		if err := s.Nodes[0].Kill(); err != nil {
			t.Fatal(err)
		}
		p := open(t, s.URL(), redis.Config{Sentinel: redis.Sentinel{Master: testenv.SentinelMaster, Password: testenv.SentinelPassword}})
		out, err := p.Publish(t.Context(), message.Batch{ID: uuid.New(), Messages: brokertest.Batch("q", 1).Messages})
		if err != nil || out[0].State != message.Confirmed {
			t.Errorf("got %v and %v, want that another sentinel was asked", out, err)
		}
	})
}
