package beat_test

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/message"
)

// slow is a store whose claims take long.
type slow struct {
	beat.Store

	call, run time.Duration
	latest    atomic.Int64 // how long before the instant of its last run a claim was asked for at the latest
}

func (s *slow) Claim(ctx context.Context, l beat.Lease, b beat.Batch) ([]beat.EntryID, error) {
	for i := range b.Decisions {
		if d := &b.Decisions[i]; d.Fire {
			s.latest.Store(int64(time.Until(d.To)))
		}
	}
	time.Sleep(s.call + time.Duration(len(b.Decisions))*s.run)
	return s.Store.Claim(ctx, l, b)
}

// Runs are claimed so much ahead that they are published at their instant, as soon as it is known how long claims take;
// and when that is more than may lie between, then as soon as can be.
func TestClaimsAhead(t *testing.T) {
	for _, tt := range []struct {
		name      string
		rows      int
		call, run time.Duration
		late      time.Duration
	}{
		{"one row", 1, 5 * time.Millisecond, 0, 0},
		{"one row, a slow store", 1, 80 * time.Millisecond, 0, 0},
		{"many rows", 3000, 10 * time.Millisecond, 30 * time.Microsecond, 0},
		{"a store too slow for that", 1, 600 * time.Millisecond, 0, 150 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				for i := range tt.rows {
					r.add(beat.Entry{Name: strconv.Itoa(i), Spec: every(10, "seconds")})
				}
				store := &slow{Store: r.store.Handle(), call: tt.call, run: tt.run}
				sent, late, early := 0, time.Duration(0), 0
				r.broker.Fail(func(env message.Envelope) message.Outcome {
					at, err := time.Parse(time.RFC3339Nano, headerOf(env, beat.HeaderScheduledFor))
					if err != nil || time.Now().Before(at) {
						early++
					}
					sent++
					if sent > 20*tt.rows { // the first runs teach the pace
						late = max(late, time.Since(at))
					}
					return message.Outcome{}
				})
				stop := r.start(func(c *beat.Config) { c.Store = store })
				time.Sleep(305 * time.Second)
				synctest.Wait()
				stop()
				if sent != 30*tt.rows || early != 0 {
					t.Errorf("%d runs were sent, %d of them early; want %d and none", sent, early, 30*tt.rows)
				}
				if late != tt.late {
					t.Errorf("runs were late by %s, want %s", late, tt.late)
				}
				if lead := time.Duration(store.latest.Load()); lead > 450*time.Millisecond {
					t.Errorf("a run was claimed %s ahead", lead)
				}
			})
		})
	}
}

// A leader that dies between the claim and the instant leaves the run to the next one, which does not send it early.
func TestTakeoverOfRunAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "a", Spec: every(10, "seconds")})
		ctx, kill := context.WithCancelCause(t.Context())
		store := &slow{Store: r.store.Handle(), call: 5 * time.Millisecond}
		b := r.made(func(c *beat.Config) {
			c.Store, c.Publisher = store, dead{c.Publisher}
			c.DrainTimeout = time.Millisecond
		})
		done := make(chan error)
		go func() { done <- b.Run(ctx) }()
		time.Sleep(9*time.Second + 996*time.Millisecond)
		synctest.Wait()
		kill(nil)
		if err := <-done; err != nil {
			t.Error(err)
		}
		if open, err := r.store.Unsettled(t.Context(), beat.Lease{Epoch: 2}); err != nil || len(open) != 1 {
			t.Fatalf("the dead leader left %d open batches (%v), want one", len(open), err)
		}
		r.want()

		stop := r.start(nil)
		defer stop()
		time.Sleep(10*time.Second - 1 - time.Since(bubbleBegin()))
		synctest.Wait()
		r.want()
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		r.want("a@00:00:10")
	})
}

// dead is a publisher that sends nothing.
type dead struct{ beat.Publisher }

func (dead) Publish(ctx context.Context, b message.Batch) ([]message.Outcome, error) {
	return make([]message.Outcome, len(b.Messages)), message.ErrUnavailable
}

// bubbleBegin is when the clock of a bubble begins.
func bubbleBegin() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }
