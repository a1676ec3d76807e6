package beat_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/message"
)

// cut is a publisher whose broker can be cut off from it alone.
type cut struct {
	beat.Publisher
	off atomic.Bool
}

func (c *cut) err() error {
	if c.off.Load() {
		return fmt.Errorf("cut off: %w", message.ErrUnavailable)
	}
	return nil
}

func (c *cut) TakeOver(ctx context.Context, f message.Fence) error {
	if err := c.err(); err != nil {
		return err
	}
	return c.Publisher.TakeOver(ctx, f)
}

func (c *cut) Publish(ctx context.Context, b message.Batch) ([]message.Outcome, error) {
	if err := c.err(); err != nil {
		return make([]message.Outcome, len(b.Messages)), err
	}
	return c.Publisher.Publish(ctx, b)
}

func (c *cut) Check(ctx context.Context) error {
	if err := c.err(); err != nil {
		return err
	}
	return c.Publisher.Check(ctx)
}

// pair starts two beats, the first of which leads, with publishers that can be cut off.
func (r *rig) pair() (first, second *cut, stop func()) {
	r.t.Helper()
	first, second = &cut{Publisher: r.broker.Publisher()}, &cut{Publisher: r.broker.Publisher()}
	stopFirst := r.start(func(c *beat.Config) { c.Publisher, c.HolderName = first, "first" })
	time.Sleep(time.Second)
	stopSecond := r.start(func(c *beat.Config) { c.Publisher, c.HolderName = second, "second" })
	time.Sleep(5 * time.Second)
	return first, second, func() { stopSecond(); stopFirst() }
}

func (r *rig) leader() beat.LeaseState {
	r.t.Helper()
	st, err := r.store.Leader(r.t.Context(), 0)
	if err != nil {
		r.t.Fatal(err)
	}
	return st
}

// N2: a leader that is cut off from the broker hands over to a beat that is not.
func TestLeaderWithoutBrokerHandsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "a", Misfire: beat.MisfireAll, Spec: every(1, "seconds")})
		first, _, stop := r.pair()
		defer stop()
		if l := r.leader(); l.Name != "first" {
			t.Fatalf("%s leads", l.Name)
		}
		first.off.Store(true)
		time.Sleep(15 * time.Second)
		if l := r.leader(); l.Name != "second" || !l.Held {
			t.Errorf("15 s after it was cut off, %q leads", l.Name)
		}
		first.off.Store(false)
		epoch := r.leader().Epoch
		time.Sleep(time.Minute)
		if l := r.leader(); l.Epoch != epoch {
			t.Errorf("the lease moved to %q when the broker came back", l.Name)
		}
		r.eachOnce("a", 75)
	})
}

// eachOnce checks that at least n different runs of a task arrived, each one once.
func (r *rig) eachOnce(name string, n int) {
	r.t.Helper()
	seen := map[string]int{}
	for _, env := range r.broker.Messages("celery") {
		if strings.HasPrefix(headerOf(env, beat.HeaderName), name) {
			seen[runOf(env)]++
		}
	}
	for run, times := range seen {
		if times > 1 {
			r.t.Errorf("%s arrived %d times", run, times)
		}
	}
	if len(seen) < n {
		r.t.Errorf("%d runs of %s arrived, want at least %d", len(seen), name, n)
	}
}

// N3: while nobody reaches the broker, nobody gives the lease up; and beats that lose it in turn change slowly.
func TestNobodyReachesTheBroker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "a", Spec: every(1, "seconds")})
		_, _, stop := r.pair()
		defer stop()
		epoch := r.leader().Epoch
		r.broker.SetDown(true)
		time.Sleep(10 * time.Minute)
		if l := r.leader(); l.Epoch != epoch || !l.Held {
			t.Errorf("epoch went from %d to %d in ten minutes without a broker", epoch, l.Epoch)
		}
		r.broker.SetDown(false)
	})
}

// A broker that looks well to whoever does not lead, and fails whoever does, moves the lease at most once a minute.
func TestNoFlapping(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "a", Spec: every(1, "seconds")})
		first, second, stop := r.pair()
		defer stop()
		epoch := r.leader().Epoch
		for range 600 {
			l := r.leader()
			first.off.Store(l.Name == "first")
			second.off.Store(l.Name == "second")
			time.Sleep(time.Second)
		}
		first.off.Store(false)
		second.off.Store(false)
		if changes := r.leader().Epoch - epoch; changes > 11 {
			t.Errorf("the lease changed %d times in ten minutes", changes)
		}
	})
}

// A system that was suspended for longer than the lease lasts does not go on as a leader, though no timer has fired.
func TestSuspend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "a", Spec: every(1, "seconds")})
		start := time.Now()
		var slept atomic.Int64
		stop := r.start(func(c *beat.Config) {
			c.Uptime = func() time.Duration { return time.Since(start) + time.Duration(slept.Load()) }
		})
		defer stop()
		time.Sleep(5500 * time.Millisecond)
		epoch := r.leader().Epoch
		slept.Store(int64(time.Minute))
		time.Sleep(time.Second)
		if l := r.leader(); l.Epoch <= epoch {
			t.Errorf("epoch is %d still after a suspend", l.Epoch)
		}
	})
}

// spread starts a beat over n shards.
func (r *rig) spread(n int, name string) (stop func()) {
	r.t.Helper()
	return r.start(func(c *beat.Config) {
		c.HolderName = name
		for range n - 1 {
			c.Spread = append(c.Spread, r.broker.Publisher())
		}
	})
}

// held counts the shards by holder.
func (r *rig) held(n int) map[string]int {
	r.t.Helper()
	held := map[string]int{}
	for shard := range n {
		st, err := r.store.Leader(r.t.Context(), shard)
		if err != nil {
			r.t.Fatal(err)
		}
		if st.Held {
			held[st.Name]++
		}
	}
	return held
}

// Shards are shared out evenly as beats come and go, and no run is lost or doubled on the way.
func TestShards(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		for i := range 40 {
			r.add(beat.Entry{Name: fmt.Sprintf("a%d", i), Misfire: beat.MisfireAll, Spec: every(1, "seconds")})
		}
		stopOne := r.spread(8, "one")
		time.Sleep(10 * time.Second)
		if got := fmt.Sprint(r.held(8)); got != "map[one:8]" {
			t.Errorf("one beat: %s", got)
		}
		stopTwo := r.spread(8, "two")
		time.Sleep(20 * time.Second)
		if got := fmt.Sprint(r.held(8)); got != "map[one:4 two:4]" {
			t.Errorf("two beats: %s", got)
		}
		stopThree := r.spread(8, "three")
		time.Sleep(30 * time.Second)
		if got := r.held(8); got["one"]+got["two"]+got["three"] != 8 || got["one"] > 3 || got["two"] > 3 || got["three"] > 3 {
			t.Errorf("three beats: %v", got)
		}
		stopTwo()
		time.Sleep(20 * time.Second)
		if got := fmt.Sprint(r.held(8)); got != "map[one:4 three:4]" {
			t.Errorf("one left: %s", got)
		}
		stopOne()
		stopThree()
		r.eachOnce("a", 40*78)
	})
}

// Beats that were told different numbers of shards do not work together.
func TestShardsDisagree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		stop := r.spread(2, "one")
		defer stop()
		time.Sleep(time.Second)
		b := r.made(func(c *beat.Config) { c.HolderName = "other" })
		err := b.Run(t.Context())
		want := &beat.ShardsError{}
		if !errors.As(err, &want) || want.Own != 1 || want.Other != 2 || want.By != "one" {
			t.Errorf("Run = %v, want that one runs with 2 shards", err)
		}
	})
}

// Fewer shards than before would leave what a dead leader of a former shard had claimed to nobody.
func TestShardsUnfinished(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		for i := range 20 { // some in each shard
			r.add(beat.Entry{Name: fmt.Sprintf("a%d", i), Spec: every(1, "seconds")})
		}
		stop := r.start(func(c *beat.Config) {
			c.Spread, c.DrainTimeout = []beat.Publisher{r.broker.Publisher()}, time.Second
		})
		time.Sleep(3 * time.Second)
		r.broker.SetDown(true)
		time.Sleep(3 * time.Second)
		stop()
		r.broker.SetDown(false)
		b := r.made(nil)
		err := b.Run(t.Context())
		if want := (*beat.ShardsError)(nil); !errors.As(err, &want) || !want.Unfinished || want.Other != 2 {
			t.Fatalf("Run = %v, want that batches of the second shard are unfinished", err)
		}
		stop = r.spread(2, "again")
		time.Sleep(10 * time.Second)
		stop()
		stop = r.start(nil)
		time.Sleep(5 * time.Second)
		if l := r.leader(); !l.Held {
			t.Error("one shard is not led after the batches were finished")
		}
		stop()
	})
}
