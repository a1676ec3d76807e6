package beat_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/message"
)

// TestRejectedRunHoldsUpNothing has a queue that takes nothing: the runs of others are sent at their time, and each of its
// own ends as rejected after its attempts.
func TestRejectedRunHoldsUpNothing(t *testing.T) {
	for _, tt := range []struct {
		name string
		full int // schedules whose queue takes nothing
	}{
		{"one schedule", 1},
		{"more than can be set aside", 40},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				var full []beat.Entry
				for i := range tt.full {
					name := fmt.Sprintf("full %d", i)
					full = append(full, r.add(beat.Entry{Name: name, Spec: every(1, "seconds"), StartTime: bubble(25 * i)}))
				}
				r.add(beat.Entry{Name: "good", Spec: every(1, "seconds"), StartTime: bubble(510)})
				late := 0
				r.broker.Fail(func(env message.Envelope) message.Outcome {
					if strings.HasPrefix(headerOf(env, beat.HeaderName), "full") {
						return message.Outcome{State: message.Rejected, Reason: "no room"}
					}
					at, err := time.Parse(time.RFC3339Nano, headerOf(env, beat.HeaderScheduledFor))
					if err != nil || !time.Now().Equal(at) {
						late++
					}
					return message.Outcome{}
				})
				stop := r.start(nil)
				time.Sleep(20*time.Second + 600*time.Millisecond)
				stop()
				if got := len(r.sent()); got != 21 || late != 0 {
					t.Errorf("got %d runs of good, %d of them late, want 21 and none", got, late)
				}
				for _, e := range full {
					runs, err := r.store.History(t.Context(), e.ID, time.Now().Add(time.Hour), 100)
					if err != nil {
						t.Fatal(err)
					}
					for _, run := range runs {
						if run.State != message.Rejected.String() {
							t.Errorf("%s at %v ended as %s, want rejected", e.Name, run.Instant, run.State)
						}
					}
					if len(runs) < 19 {
						t.Errorf("%s has %d runs in the history, want 19 at least", e.Name, len(runs))
					}
				}
			})
		})
	}
}

// bubble returns a moment after the clock of a bubble begins.
func bubble(ms int) time.Time { return time.Now().Add(time.Duration(ms) * time.Millisecond) }
