package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/memstore"
	"github.com/gobeat/gobeat/broker/message"
)

// past is what a store is told that one schedule went through.
type past struct {
	t     *testing.T
	store *memstore.Store
	entry beat.Entry
	lease beat.Lease
	to    time.Time
}

// newPast makes a task that runs each minute, whose runs are known from start on.
func newPast(t *testing.T, start time.Time) *past {
	t.Helper()
	p := &past{t: t, store: memstore.New(), to: start}
	entry, err := p.store.Add(t.Context(), beat.Entry{
		Name: "minutely", Task: "t", Enabled: true, Active: true, Spec: schedule.Spec{Kind: schedule.KindCrontab},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.entry = entry
	p.lease, err = p.store.Acquire(t.Context(), 0, beat.Holder{ID: uuid.New(), Name: "host:1"}, time.Hour, 0)
	if err != nil {
		t.Fatal(err)
	}
	p.claim(beat.Decision{To: start})
	return p
}

func (p *past) claim(d beat.Decision) uuid.UUID {
	p.t.Helper()
	d.ID = p.entry.ID
	if d.Fire || d.Missed > 0 {
		d.Prev, p.to = p.to, d.To
	}
	id := uuid.New()
	taken, err := p.store.Claim(p.t.Context(), p.lease, beat.Batch{ID: id, Decisions: []beat.Decision{d}})
	if err != nil || len(taken) != 1 {
		p.t.Fatalf("claim: %v, %v", taken, err)
	}
	return id
}

func (p *past) settle(batch uuid.UUID, failed ...beat.Failure) {
	p.t.Helper()
	err := p.store.Settle(p.t.Context(), p.lease, []beat.Settlement{{Batch: batch, Failed: failed}})
	if err != nil {
		p.t.Fatal(err)
	}
}

func TestWhy(t *testing.T) {
	t.Parallel()
	start := time.Now().UTC().Truncate(time.Minute).Add(-time.Hour)
	minute := func(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }
	p := newPast(t, start)
	p.settle(p.claim(beat.Decision{To: minute(1), Fire: true}))
	p.settle(p.claim(beat.Decision{To: minute(2), Fire: true}),
		beat.Failure{ID: p.entry.ID, Instant: minute(2), State: message.Returned, Reason: "NO_ROUTE"})
	p.settle(p.claim(beat.Decision{
		To: minute(10), Fire: true, Missed: 7, MissedReason: "coalesced", MissedFrom: minute(3), MissedTo: minute(9),
	}))
	p.claim(beat.Decision{To: minute(11), Fire: true})

	s := newTestSession(t, p.store)
	s.now = minute(13)
	found, err := s.find(t.Context(), "minutely")
	if err != nil {
		t.Fatal(err)
	}
	found[0].Entry.CreatedAt = start
	for _, tt := range []struct {
		name         string
		at           string
		state        string
		answer, more string
	}{
		{"sent", minute(1).Format(time.RFC3339), "confirmed", "minutely ran at ", "confirmed by the broker (message "},
		{"returned", minute(2).Format(time.RFC3339), "returned", "reached no queue: NO_ROUTE", "epoch 1"},
		{"missed", minute(5).Format(time.RFC3339), "coalesced", "misfire last", "7 runs from "},
		{"beside the schedule", minute(5).Add(time.Second).Format(time.RFC3339), "not planned", "has no run at ", "the next run after that is at "},
		{"being sent", minute(11).Format(time.RFC3339), "claimed", "outcome is not recorded yet", ""},
		{"due", minute(12).Format(time.RFC3339), "due", "was not sent yet", "the leader is host:1"},
		{"to come", minute(20).Format(time.RFC3339), "planned", "still to come", ""},
		{"before its time", start.Add(-24 * time.Hour).Format(time.RFC3339), "not yet created", "its row was created at ", ""},
		{"the latest", "", "claimed", "outcome is not recorded yet", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &whyCommand{at: tt.at}
			v, err := c.explain(t.Context(), &explanation{s: s, state: &found[0], zone: time.UTC})
			if err != nil {
				t.Fatal(err)
			}
			if v.State != tt.state || !strings.Contains(v.Answer, tt.answer) || !strings.Contains(v.Answer, tt.more) {
				t.Errorf("got %+v, want %s: %q, %q", v, tt.state, tt.answer, tt.more)
			}
		})
	}
}
