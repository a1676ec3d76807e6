package beat_test

import (
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/broker/message"
)

// repairs counts what is sent again.
type repairs struct{ again atomic.Int64 }

func (r *repairs) Repaired(beat.Run, string)                { r.again.Add(1) }
func (*repairs) Sent(beat.Run, string, string, time.Time)   {}
func (*repairs) Failed(beat.Failure, string)                {}
func (*repairs) Missed(beat.EntryID, string, string, int64) {}
func (*repairs) Led(bool, int64)                            {}

// instants lists the runs in the queue.
func (r *rig) instants() []string {
	var list []string
	for _, env := range r.broker.Messages("celery") {
		list = append(list, runOf(env))
	}
	slices.Sort(list)
	return list
}

// The broker loses all that it has: what it confirmed within the last minute comes again, once, under the same ids.
func TestBrokerLosesEverything(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "a", Task: "t", Spec: every(10, "seconds")})
		once := r.add(beat.Entry{Name: "once", Task: "t", Delivery: beat.AtMostOnce, Spec: every(20, "seconds")})
		seen := &repairs{}
		stop := r.start(func(c *beat.Config) { c.Observer = seen })
		defer stop()
		time.Sleep(45 * time.Second)
		before := r.broker.Messages("celery")
		r.broker.Lose(len(r.broker.Batches()))
		time.Sleep(2 * time.Second)
		after := r.broker.Messages("celery")
		want := slices.DeleteFunc(before, func(env message.Envelope) bool { return headerOf(env, beat.HeaderName) == "once" })
		if len(after) != len(want) || int(seen.again.Load()) != len(want) {
			t.Fatalf("%d messages, %d counted, want %d", len(after), seen.again.Load(), len(want))
		}
		for i := range want {
			if after[i].ID != want[i].ID || headerOf(after[i], beat.HeaderAttempt) != "2" {
				t.Errorf("message %d: %s, attempt %q, want %s, attempt 2", i, after[i].ID, headerOf(after[i], beat.HeaderAttempt), want[i].ID)
			}
		}
		records, err := r.store.History(t.Context(), once.ID, time.Now(), 10)
		if err != nil || len(records) != 2 {
			t.Fatalf("history %+v, %v, want two runs", records, err)
		}
		for _, rec := range records {
			if rec.State != "unknown" || rec.Reason == "" {
				t.Errorf("the lost run of %s is recorded as %s %q", rec.Instant, rec.State, rec.Reason)
			}
		}
		time.Sleep(10 * time.Second)
		if got := len(r.broker.Messages("celery")); got != len(want)+1 {
			t.Errorf("%d messages after the next run, want %d", got, len(want)+1)
		}
	})
}

// The broker and the leader die together, and the broker has lost the newest: the successor finds that out.
func TestSuccessorRepairs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "a", Task: "t", Spec: every(10, "seconds")})
		stop := r.start(nil)
		time.Sleep(45 * time.Second)
		stop()
		want := r.instants()
		r.broker.Lose(2)
		if got := len(r.broker.Messages("celery")); got != len(want)-2 {
			t.Fatalf("%d messages are left, want %d", got, len(want)-2)
		}
		stop = r.start(nil)
		defer stop()
		time.Sleep(time.Second)
		if got := r.instants(); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// A broker that never saw the batches of the last minute is another one: nothing is sent to it again.
func TestAnotherBroker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "a", Task: "t", Spec: every(10, "seconds")})
		stop := r.start(nil)
		time.Sleep(45 * time.Second)
		stop()
		other := newRig(t)
		other.store = r.store
		stop = other.start(nil)
		defer stop()
		time.Sleep(time.Second)
		if got := other.instants(); len(got) != 0 {
			t.Errorf("the other broker got %v", got)
		}
	})
}

// A broker that follows a leader of an earlier life of the database gets an epoch above that one's.
func TestEpochAboveTheBroker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "a", Task: "t", Spec: every(1, "seconds")})
		err := r.broker.Publisher().TakeOver(t.Context(), message.Fence{Deployment: beat.DefaultDeployment, Epoch: 70})
		if err != nil {
			t.Fatal(err)
		}
		stop := r.start(nil)
		defer stop()
		time.Sleep(5 * time.Second)
		st, err := r.store.Leader(t.Context(), 0)
		if err != nil || st.Epoch != 71 || len(r.instants()) < 3 {
			t.Errorf("leader %+v, %v, runs %v, want epoch 71 and three runs", st, err, r.instants())
		}
	})
}

// A leader dies after the claim of the last run of an entry, and the row is edited or deleted: what was claimed is sent.
func TestLastRunIsSentAsClaimed(t *testing.T) {
	t.Parallel()
	for _, change := range []string{"edited", "deleted"} {
		t.Run(change, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				at := time.Now().Add(10 * time.Second)
				e := r.add(beat.Entry{
					Name: "a", Task: "proj.old", Args: []byte(`[1, "x"]`), Spec: schedule.Spec{Kind: schedule.KindClocked, Clocked: at},
				})
				stop := r.start(func(c *beat.Config) { c.DrainTimeout = time.Second })
				time.Sleep(5 * time.Second)
				r.broker.SetDown(true)
				time.Sleep(10 * time.Second)
				stop()
				r.broker.SetDown(false)
				if change == "deleted" {
					if err := r.store.Delete(t.Context(), e.ID); err != nil {
						t.Fatal(err)
					}
				} else {
					e.Task, e.Args, e.ModifiedAt = "proj.new", []byte(`[2]`), time.Time{}
					if _, err := r.store.Update(t.Context(), e); err != nil {
						t.Fatal(err)
					}
				}
				stop = r.start(nil)
				defer stop()
				time.Sleep(time.Second)
				got := r.broker.Messages("celery")
				if len(got) != 1 {
					t.Fatalf("%d messages, want one", len(got))
				}
				if task := headerOf(got[0], "task"); task != "proj.old" || headerOf(got[0], beat.HeaderAttempt) != "2" {
					t.Errorf("task %s, attempt %q, want proj.old, attempt 2", task, headerOf(got[0], beat.HeaderAttempt))
				}
				if want := `[[1, "x"], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]`; string(got[0].Body) != want {
					t.Errorf("body %s, want %s", got[0].Body, want)
				}
			})
		})
	}
}

// The database loses its newest commits while the leader works: it takes over anew, nothing is lost, and what is sent
// again has the same id.
func TestStoreLosesCommits(t *testing.T) {
	t.Parallel()
	for _, silent := range []bool{false, true} { // silent: no renewal was among them, so only the cursors tell
		t.Run(strconv.FormatBool(silent), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.add(beat.Entry{Name: "a", Task: "t", Misfire: beat.MisfireAll, Spec: every(1, "seconds")})
				stop := r.start(nil)
				defer stop()
				time.Sleep(10*time.Second + 100*time.Millisecond)
				rewind := r.store.Checkpoint()
				if silent {
					time.Sleep(1200 * time.Millisecond)
				} else {
					time.Sleep(5 * time.Second)
				}
				rewind()
				time.Sleep(10 * time.Second)
				ids := map[string]string{}
				for _, env := range r.broker.Messages("celery") {
					if other, known := ids[runOf(env)]; known && other != env.ID {
						t.Errorf("%s has the ids %s and %s", runOf(env), env.ID, other)
					}
					ids[runOf(env)] = env.ID
				}
				if len(ids) < 19 {
					t.Errorf("%d different runs, want one each second", len(ids))
				}
				st, err := r.store.Leader(t.Context(), 0)
				if err != nil || st.Epoch < 2 {
					t.Errorf("leader %+v, %v, want a larger epoch", st, err)
				}
			})
		})
	}
}

// Many last runs at the same instant all keep their messages.
func TestManyLastRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		at := time.Now().Add(5 * time.Second)
		const n = 450
		for i := range n {
			r.add(beat.Entry{Name: fmt.Sprintf("task-%d", i), Task: "t", OneOff: true, Spec: schedule.Spec{
				Kind: schedule.KindClocked, Clocked: at,
			}})
		}
		stop := r.start(nil)
		defer stop()
		time.Sleep(10 * time.Second)
		if got := len(r.broker.Messages("celery")); got != n {
			t.Errorf("%d messages, want %d", got, n)
		}
	})
}
