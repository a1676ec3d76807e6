package beat_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/memstore"
	"github.com/gobeat/gobeat/broker/membroker"
	"github.com/gobeat/gobeat/broker/message"
)

// stepped is a local clock that tests step.
type stepped struct{ by atomic.Int64 }

func (s *stepped) now() time.Time { return time.Now().Add(time.Duration(s.by.Load())).Round(0) }

// A local clock that jumps ahead of the store's sends nothing early; when both agree again everything goes on.
func TestClockSteps(t *testing.T) {
	for _, step := range []time.Duration{time.Hour, -time.Hour} {
		t.Run(step.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.add(beat.Entry{Name: "a", Spec: schedule.Spec{Kind: schedule.KindCrontab}})
				clock := &stepped{}
				b, stop := r.watched(func(c *beat.Config) { c.Clock = clock.now })
				time.Sleep(90 * time.Second)
				synctest.Wait()
				r.want("a@00:01:00")

				clock.by.Store(int64(step))
				time.Sleep(time.Minute)
				synctest.Wait()
				r.want("a@00:01:00")
				if h := b.Health(); !h.ClocksApart || h.Skew != step {
					t.Errorf("health %+v does not tell that the clocks are %s apart", h, step)
				}

				clock.by.Store(0)
				time.Sleep(45 * time.Second)
				synctest.Wait()
				r.want("a@00:01:00", "a@00:02:00", "a@00:03:00")
				if h := b.Health(); h.ClocksApart || h.State != beat.StateLeading {
					t.Errorf("health %+v does not tell that all is well", h)
				}
				stop()
			})
		})
	}
}

// watched is start for tests that look at the beat itself.
func (r *rig) watched(change func(*beat.Config)) (*beat.Beat, func()) {
	r.t.Helper()
	var b *beat.Beat
	stop := r.run(change, func(made *beat.Beat) { b = made })
	return b, stop
}

// stuck is a publisher whose broker never answers, until it is let go.
type stuck struct {
	beat.Publisher

	release chan struct{}
}

func (s *stuck) Publish(ctx context.Context, b message.Batch) ([]message.Outcome, error) {
	select {
	case <-s.release:
		return s.Publisher.Publish(ctx, b)
	case <-ctx.Done():
		return make([]message.Outcome, len(b.Messages)), errors.Join(message.ErrUnavailable, ctx.Err())
	}
}

func (s *stuck) Lookup(_ context.Context, _ uuid.UUID, n int) ([]message.Outcome, error) {
	return make([]message.Outcome, n), nil
}

// Health fails when due work is late, and says since when; the loop itself goes on.
func TestUnhealthyWhenLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "a", Spec: every(10, "seconds")})
		s := &stuck{Publisher: r.broker.Publisher(), release: make(chan struct{})}
		b, stop := r.watched(func(c *beat.Config) { c.Publisher = s })
		time.Sleep(50 * time.Second)
		synctest.Wait()
		h := b.Health()
		if h.Late(time.Now()) != 40*time.Second || h.Problem(time.Now(), time.Minute) != "" {
			t.Errorf("late by %s, problem %q, want 40s and none", h.Late(time.Now()), h.Problem(time.Now(), time.Minute))
		}
		time.Sleep(25 * time.Second)
		synctest.Wait()
		h = b.Health()
		if got := h.Problem(time.Now(), time.Minute); !strings.Contains(got, "late by 1m5s") {
			t.Errorf("problem %q, want that the oldest run is late by 1m5s", got)
		}
		if h.LoopStill > 30*time.Second {
			t.Errorf("the loop stood still for %s", h.LoopStill)
		}
		close(s.release)
		time.Sleep(time.Minute)
		synctest.Wait()
		h = b.Health()
		if got := h.Problem(time.Now(), time.Minute); got != "" {
			t.Errorf("problem %q after everything was sent", got)
		}
		stop()
	})
}

func TestExitWhenUnhealthy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "a", Spec: every(10, "seconds")})
		build, err := message.NewBuilder(message.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		b, err := beat.New(beat.Config{
			Store: r.store.Handle(), Publisher: &stuck{Publisher: r.broker.Publisher()},
			Builder: build, Compiler: compilerOf(build), ExitUnhealthy: true, UnhealthyAfter: 30 * time.Second,
		})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if err := b.Run(t.Context()); !errors.Is(err, beat.ErrUnhealthy) {
			t.Errorf("Run returned %v, want ErrUnhealthy", err)
		}
		// 10 s until it is due, 30 s late, up to a second until that is seen, and 10 s for the drain.
		if took := time.Since(start); took < 40*time.Second || took > 52*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

// What an outage left behind is made up at a limited rate, while other entries stay on time.
func TestCatchUpRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		for _, name := range []string{"a", "b"} {
			r.add(beat.Entry{Name: name, Spec: every(1, "minutes"), Misfire: beat.MisfireAll})
		}
		stop := r.start(nil)
		time.Sleep(time.Second)
		synctest.Wait()
		stop()
		time.Sleep(time.Hour)

		r.add(beat.Entry{Name: "c", Spec: every(1, "seconds")})
		stop = r.start(func(c *beat.Config) { c.CatchUpRate = 4 })
		time.Sleep(10 * time.Second)
		synctest.Wait()
		counts := map[string]int{}
		for _, env := range r.broker.Messages("celery") {
			counts[headerOf(env, beat.HeaderName)]++
		}
		if made := counts["a"] + counts["b"]; made < 40 || made > 44 {
			t.Errorf("%d runs were made up in 10 s, want 4 a second and those of the first", made)
		}
		if counts["c"] != 10 {
			t.Errorf("%d runs of the entry that is on time, want 10", counts["c"])
		}
		stop()
	})
}

func TestHealthWhileStandingBy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, store: memstore.New(), broker: membroker.New()}
		_, stopFirst := r.watched(func(c *beat.Config) { c.HolderName = "first" })
		time.Sleep(time.Second)
		second, stopSecond := r.watched(nil)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if h := second.Health(); h.State != beat.StateStandby || h.Leader != "first" {
			t.Errorf("health %+v, want standby behind first", h)
		}
		stopFirst()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if h := second.Health(); h.State != beat.StateLeading || h.Epoch != 2 {
			t.Errorf("health %+v, want leading with epoch 2", h)
		}
		stopSecond()
		if h := second.Health(); h.State != beat.StateStopped {
			t.Errorf("health %+v, want stopped", h)
		}
	})
}

// mortal is a store whose process can die: its calls fail from then on, and its locks end.
type mortal struct {
	*memstore.Store

	dead  atomic.Bool
	locks []beat.Lock
}

func (m *mortal) Lock(ctx context.Context, shard int) (beat.Lock, error) {
	l, err := m.Store.Lock(ctx, shard)
	if err == nil {
		m.locks = append(m.locks, l)
	}
	return l, err
}

func (m *mortal) Release(ctx context.Context, l beat.Lease) error {
	if m.dead.Load() {
		return beat.ErrClosed
	}
	return m.Store.Release(ctx, l)
}

// The death of a leader is noticed by its lock, long before its lease ends.
func TestTakesOverWhenTheLeaderDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "a", Spec: every(1, "seconds")})
		first := &mortal{Store: r.store.Handle()}
		_, stopFirst := r.watched(func(c *beat.Config) { c.Store = first })
		time.Sleep(3 * time.Second)
		second, stopSecond := r.watched(nil)
		time.Sleep(3500 * time.Millisecond)
		synctest.Wait()

		first.dead.Store(true)
		stopFirst()
		for _, l := range first.locks {
			l.Unlock()
		}
		time.Sleep(10 * time.Millisecond)
		synctest.Wait()
		if h := second.Health(); h.State != beat.StateLeading || h.Epoch != 2 {
			t.Errorf("10 ms after the leader died: %+v, want leading with epoch 2", h)
		}
		stopSecond()
	})
}
