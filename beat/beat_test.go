package beat_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
	"github.com/gobeat/gobeat/beat/store/memstore"
	"github.com/gobeat/gobeat/broker/membroker"
	"github.com/gobeat/gobeat/broker/message"
)

func TestRunsOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "interval", Spec: every(20, "seconds")})
		r.add(beat.Entry{Name: "minute", Spec: schedule.Spec{Kind: schedule.KindCrontab}})
		stop := r.start(nil)
		time.Sleep(65 * time.Second)
		synctest.Wait()
		r.want("interval@00:00:20", "interval@00:00:40", "interval@00:01:00", "minute@00:01:00")
		stop()
	})
}

func TestNeverEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "a", Spec: every(10, "seconds")})
		stop := r.start(nil)
		defer stop()
		time.Sleep(10*time.Second - time.Nanosecond)
		synctest.Wait()
		r.want()
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		r.want("a@00:00:10")
	})
}

func TestFollowsChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		a := r.add(beat.Entry{Name: "a", Spec: every(1, "hours")})
		stop := r.start(nil)
		defer stop()
		time.Sleep(5 * time.Second)

		a.Spec = every(10, "seconds")
		a.ModifiedAt = time.Time{}
		if _, err := r.store.Update(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		time.Sleep(12 * time.Second) // a runs 10 s after it was edited
		b := r.add(beat.Entry{Name: "b", Spec: every(2, "seconds")})
		time.Sleep(3 * time.Second)
		if err := r.store.Delete(t.Context(), b.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5500 * time.Millisecond)
		if err := r.store.SetEnabled(t.Context(), a.TaskID, false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		r.want("a@00:00:15", "b@00:00:19", "a@00:00:25")
	})
}

func TestEnabledAgainMakesUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		a := r.add(beat.Entry{Name: "a", Spec: schedule.Spec{Kind: schedule.KindCrontab}})
		set := func(on bool) {
			t.Helper()
			if err := r.store.SetEnabled(t.Context(), a.TaskID, on); err != nil {
				t.Fatal(err)
			}
		}
		stop := r.start(nil)
		time.Sleep(61 * time.Second)
		set(false)
		time.Sleep(5 * time.Minute)
		set(true) // at 00:06:01
		time.Sleep(20 * time.Second)
		synctest.Wait()
		r.want("a@00:01:00")
		set(false)
		time.Sleep(time.Second)
		stop()

		// The same when it is enabled while no beat runs.
		time.Sleep(10 * time.Minute)
		set(true) // at 00:16:22
		time.Sleep(10 * time.Second)
		stop = r.start(nil)
		defer stop()
		time.Sleep(20 * time.Second)
		synctest.Wait()
		r.want("a@00:01:00")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		r.want("a@00:01:00", "a@00:17:00")
	})
}

func TestRestartMakesUpTheLatest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "a", Spec: every(10, "seconds")})
		stop := r.start(nil)
		time.Sleep(15 * time.Second)
		stop()
		time.Sleep(30 * time.Second) // 20, 30 and 40 are missed
		stop = r.start(nil)
		defer stop()
		time.Sleep(6 * time.Second)
		synctest.Wait()
		r.want("a@00:00:10", "a@00:00:40", "a@00:00:50")
	})
}

func TestFirstBeatMakesUpNothingOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "cron", Spec: schedule.Spec{Kind: schedule.KindCrontab, Minute: "0"}})
		r.add(beat.Entry{Name: "clocked", Spec: schedule.Spec{
			Kind: schedule.KindClocked, Clocked: time.Date(2000, 1, 1, 2, 0, 0, 0, time.UTC),
		}})
		time.Sleep(10*time.Hour + 30*time.Minute)
		stop := r.start(nil)
		time.Sleep(time.Second)
		synctest.Wait()
		r.want("clocked@02:00:00") // late, and only once
		stop()
		r.add(beat.Entry{Name: "new", Spec: schedule.Spec{Kind: schedule.KindCrontab, Minute: "0"}})
		time.Sleep(time.Hour) // new is missed at 11:00, by nobody's fault
		stop = r.start(nil)
		defer stop()
		time.Sleep(time.Second)
		synctest.Wait()
		r.want("clocked@02:00:00", "cron@11:00:00", "new@11:00:00")
	})
}

func TestOneOffRunsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		a := r.add(beat.Entry{Name: "a", Spec: every(10, "seconds"), OneOff: true})
		b := r.add(beat.Entry{Name: "b", Spec: every(10, "seconds"), MaxRuns: 2})
		stop := r.start(nil)
		time.Sleep(time.Minute)
		stop()
		stop = r.start(nil)
		time.Sleep(time.Minute)
		stop()
		r.want("a@00:00:10", "b@00:00:10", "b@00:00:20")
		for _, id := range []beat.EntryID{a.ID, b.ID} {
			e, err := r.store.Lookup(t.Context(), id)
			if err != nil || e.Running() {
				t.Errorf("%s is still on (%v)", e.Name, err)
			}
		}
	})
}

func TestBadEntryHarmsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		bad := r.add(beat.Entry{Name: "bad", Spec: schedule.Spec{Kind: schedule.KindCrontab, Minute: "61"}})
		r.add(beat.Entry{Name: "never", Spec: schedule.Spec{Kind: schedule.KindCrontab, DayOfMonth: "30", MonthOfYear: "2"}})
		r.add(beat.Entry{Name: "good", Spec: every(10, "seconds")})
		stop := r.start(nil)
		defer stop()
		time.Sleep(11 * time.Second)
		synctest.Wait()
		r.want("good@00:00:10")
		cursors, err := r.store.Get(t.Context(), []beat.EntryID{bad.ID})
		if err != nil || !strings.Contains(cursors[bad.ID].Note, "minute") {
			t.Errorf("note %q, %v, want the field named", cursors[bad.ID].Note, err)
		}

		bad.Spec.Minute = "*" // at 11 s: it counts from now
		bad.ModifiedAt = time.Time{}
		if _, err := r.store.Update(t.Context(), bad); err != nil {
			t.Fatal(err)
		}
		time.Sleep(49 * time.Second)
		synctest.Wait()
		if got := r.sent(); got[len(got)-1] != "bad@00:01:00" && got[len(got)-2] != "bad@00:01:00" {
			t.Errorf("sent %v, want bad at 00:01:00", got)
		}
	})
}

func TestBrokerAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "a", Spec: every(1, "seconds")})
		stop := r.start(nil)
		defer stop()
		time.Sleep(1500 * time.Millisecond)
		r.broker.SetDown(true)
		time.Sleep(30 * time.Second)
		r.broker.SetDown(false)
		time.Sleep(7 * time.Second)
		synctest.Wait()
		got := r.sent()
		// What was claimed while the broker was away is sent, the rest is coalesced into the latest, and nothing twice.
		seen := map[string]bool{}
		for _, s := range got {
			if seen[s] {
				t.Errorf("%s was sent twice: %v", s, got)
			}
			seen[s] = true
		}
		for _, s := range []string{"a@00:00:01", "a@00:00:02", "a@00:00:38"} {
			if !seen[s] {
				t.Errorf("%s was not sent: %v", s, got)
			}
		}
	})
}

func TestLostAnswerDoublesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		for i := range 5 {
			r.add(beat.Entry{Name: fmt.Sprint("t", i), Spec: every(10, "seconds")})
		}
		r.broker.LoseAnswers(3)
		stop := r.start(nil)
		defer stop()
		time.Sleep(15 * time.Second)
		synctest.Wait()
		r.want("t0@00:00:10", "t1@00:00:10", "t2@00:00:10", "t3@00:00:10", "t4@00:00:10")
	})
}

func TestOneMessageRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "a", Spec: every(10, "seconds")})
		b := r.add(beat.Entry{Name: "b", Spec: every(10, "seconds")})
		r.broker.Fail(func(env message.Envelope) message.Outcome {
			if headerOf(env, beat.HeaderName) == "b" {
				return message.Outcome{State: message.Returned, Reason: "NO_ROUTE"}
			}
			return message.Outcome{}
		})
		stop := r.start(nil)
		time.Sleep(21 * time.Second)
		stop()
		r.want("a@00:00:10", "a@00:00:20")
		runs, err := r.store.History(t.Context(), b.ID, time.Now(), 10)
		if err != nil || len(runs) != 2 || runs[0].State != "returned" || runs[0].Reason != "NO_ROUTE" {
			t.Errorf("history of b: %+v, %v", runs, err)
		}
	})
}

func TestStandbyTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{Name: "a", Spec: every(5, "seconds")})
		first := r.start(nil)
		time.Sleep(time.Second)
		second := r.start(nil)
		defer second()
		time.Sleep(10 * time.Second)
		first()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		r.want("a@00:00:05", "a@00:00:10", "a@00:00:15", "a@00:00:20")
	})
}

func TestSuccessorFinishesOpenBatch(t *testing.T) {
	for _, delivery := range []beat.Delivery{beat.AtLeastOnce, beat.AtMostOnce} {
		t.Run(string(delivery), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				e := r.add(beat.Entry{Name: "a", Spec: every(10, "seconds"), Delivery: delivery})
				// A leader that claims and then dies.
				time.Sleep(10 * time.Second)
				lease, err := r.store.Acquire(t.Context(), 0, beat.Holder{ID: [16]byte{1}}, time.Second, 0)
				if err != nil {
					t.Fatal(err)
				}
				taken, err := r.store.Claim(t.Context(), lease, beat.Batch{
					ID: [16]byte{9}, Decisions: []beat.Decision{{ID: e.ID, To: time.Now(), Fire: true}},
				})
				if err != nil || len(taken) != 1 {
					t.Fatal(taken, err)
				}
				stop := r.start(nil)
				defer stop()
				time.Sleep(3 * time.Second)
				synctest.Wait()
				if delivery == beat.AtMostOnce {
					r.want()
					return
				}
				r.want("a@00:00:10")
				if got := headerOf(r.broker.Messages("celery")[0], beat.HeaderAttempt); got != "2" {
					t.Errorf("attempt %q, want 2", got)
				}
			})
		})
	}
}

func TestThousandsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 5000
		r := newRig(t)
		for i := range n {
			r.add(beat.Entry{Name: fmt.Sprintf("t%05d", i), Spec: schedule.Spec{Kind: schedule.KindCrontab}})
		}
		stop := r.start(nil)
		time.Sleep(time.Minute)
		if err := r.broker.Wait(t.Context(), n); err != nil {
			t.Error(err)
		}
		stop()
		ids := map[string]bool{}
		for _, env := range r.broker.Messages("celery") {
			ids[env.ID] = true
		}
		if len(ids) != n {
			t.Errorf("%d different ids, want %d", len(ids), n)
		}
	})
}

func TestScheduleKwargsLieOverThoseOfTheTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.add(beat.Entry{
			Name: "a", Spec: every(1, "seconds"),
			Kwargs: []byte(`{"b": 1, "a": 2}`), ScheduleKwargs: []byte(`{"c": null, "b": "x"}`),
		})
		stop := r.start(nil)
		time.Sleep(time.Second)
		synctest.Wait()
		stop()
		const want = `[[], {"b": "x", "a": 2, "c": null}, `
		if got := string(r.broker.Messages("celery")[0].Body); !strings.HasPrefix(got, want) {
			t.Errorf("body %s, want it to begin with %s", got, want)
		}
	})
}

func TestConfigValidate(t *testing.T) {
	t.Parallel()
	build, err := message.NewBuilder(message.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	ok := beat.Config{
		Store: memstore.New(), Publisher: membroker.New().Publisher(), Builder: build, Compiler: beat.NewCompiler(kinds.NewCompiler(time.UTC, nil), build),
	}
	tests := []struct {
		name   string
		change func(*beat.Config)
		want   string
	}{
		{"store", func(c *beat.Config) { c.Store = nil }, "Store"},
		{"publisher", func(c *beat.Config) { c.Publisher = nil }, "Publisher"},
		{"builder", func(c *beat.Config) { c.Builder = nil }, "Builder"},
		{"compiler", func(c *beat.Config) { c.Compiler = nil }, "Compiler"},
		{"short lease", func(c *beat.Config) { c.LeaseTTL = time.Second }, "LeaseTTL"},
		{"poll", func(c *beat.Config) { c.PollInterval = -1 }, "PollInterval"},
		{"batch", func(c *beat.Config) { c.BatchSize = -1 }, "BatchSize"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := ok
			tt.change(&cfg)
			if _, err := beat.New(cfg); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one that names %s", err, tt.want)
			}
		})
	}
	if _, err := beat.New(ok); err != nil {
		t.Error(err)
	}
}
