package claimlog_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/claimlog"
	"github.com/gobeat/gobeat/beat/store/claimlog/enginetest"
	"github.com/gobeat/gobeat/beat/store/memstore"
)

// TestHistory: a leader whose calls fail now and then files the history; another beat, which only reads, and one that
// starts from a checkpoint, tell the same of it, each run once.
func TestHistory(t *testing.T) {
	for name, limit := range map[string]int{"pages": 0, "pages in parts": 2048} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				e := &enginetest.Memory{Limit: limit}
				mem := memstore.New()
				entry, err := mem.Add(t.Context(), beat.Entry{Name: "one", Task: "t", Enabled: true, Active: true})
				if err != nil {
					t.Fatal(err)
				}
				e.Fault = func(string) (before, after error) {
					if calls++; calls%211 == 0 {
						return nil, errors.New("the answer is lost")
					}
					return nil, nil
				}
				const runs = 3000
				last := fire(t, claimlog.New(e, entries{mem}), entry.ID, runs)
				e.Fault = nil
				for i, log := range []*claimlog.Log{claimlog.New(e, entries{mem}), claimlog.New(e, entries{mem})} {
					got, err := log.History(t.Context(), entry.ID, last.Add(time.Second), 2*runs)
					if err != nil {
						t.Fatal(err)
					}
					if err := allThere(got, last, runs); err != nil {
						t.Errorf("beat %d: %v", i, err)
					}
					omitted, err := log.Omissions(t.Context(), entry.ID, last.Add(time.Second), 2*runs)
					if err != nil || len(omitted) != runs/100 {
						t.Errorf("beat %d: %d omissions, %v, want %d", i, len(omitted), err, runs/100)
					}
				}
			})
		})
	}
}

// fire runs an entry each second and renews the lease now and then; the time passes at once. What fails is tried again. It
// returns the last instant.
func fire(t *testing.T, log *claimlog.Log, id beat.EntryID, runs int) time.Time {
	t.Helper()
	again := func(try func() error) {
		t.Helper()
		for n := 0; ; n++ {
			err := try()
			if err == nil {
				return
			}
			if n > 5 {
				t.Fatal(err)
			}
		}
	}
	ctx := t.Context()
	var own beat.Lease
	again(func() (err error) {
		own, err = log.Acquire(ctx, 0, beat.Holder{ID: uuid.New()}, 24*time.Hour, own.Epoch)
		return err
	})
	var prev time.Time
	var done []beat.Settlement
	for n := range runs {
		time.Sleep(time.Second)
		to := time.Now().UTC()
		d := beat.Decision{ID: id, Prev: prev, To: to, Fire: true}
		if n%100 == 0 {
			d.Missed, d.MissedFrom, d.MissedTo, d.MissedReason = 1, to.Add(-time.Millisecond), to.Add(-time.Millisecond), "skipped"
		}
		b := beat.Batch{ID: uuid.New(), Decisions: []beat.Decision{d}, Done: done}
		again(func() error {
			taken, err := log.Claim(ctx, own, b)
			if err == nil && len(taken) != 1 {
				t.Fatalf("run %d was not taken", n)
			}
			return err
		})
		prev, done = to, []beat.Settlement{{Batch: b.ID}}
		if n%30 == 0 {
			again(func() error {
				renewed, err := log.Renew(ctx, own, 24*time.Hour)
				if renewed.Epoch > 0 {
					own = renewed
				}
				return err
			})
		}
	}
	again(func() error { return log.Settle(ctx, own, done) })
	return prev
}

// allThere tells what is wrong with records of a run each second.
func allThere(got []beat.Record, last time.Time, runs int) error {
	if len(got) != runs {
		return fmt.Errorf("%d records, want %d", len(got), runs)
	}
	for i, r := range got {
		if want := last.Add(-time.Duration(i) * time.Second); !r.Instant.Equal(want) || r.State != "confirmed" {
			return fmt.Errorf("record %d is %+v, want a confirmed run at %v", i, r, want)
		}
		if r.ClaimedAt.IsZero() || r.SettledAt.Before(r.ClaimedAt) {
			return fmt.Errorf("record %d was claimed at %v, settled at %v", i, r.ClaimedAt, r.SettledAt)
		}
	}
	return nil
}
