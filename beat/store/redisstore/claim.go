package redisstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// ahead is how much later than Redis's clock a run may be claimed.
const ahead = 500 * time.Millisecond

// decision is a beat.Decision as claim.lua reads it. Numbers are texts, since Lua's have 53 bits only.
type decision struct {
	ID     beat.EntryID `json:"id"`
	Prev   string       `json:"prev"`
	To     string       `json:"to"`
	Fire   bool         `json:"fire"`
	Next   string       `json:"next"`
	Spec   string       `json:"spec"`
	Note   string       `json:"note"`
	End    string       `json:"end,omitempty"`
	Missed *omission    `json:"missed,omitempty"`
	Extra  any          `json:"extra,omitempty"` // see Foreign
}

// settlement is a beat.Settlement as the scripts read it.
type settlement struct {
	Batch  string    `json:"batch"`
	Failed []failure `json:"failed"`
}

// failure is a beat.Failure as it is stored.
type failure struct {
	ID      beat.EntryID `json:"id"`
	Instant string       `json:"instant"`
	State   uint8        `json:"state"`
	Name    string       `json:"name"` // of the state
	Reason  string       `json:"reason"`
}

// Claim carries out the decisions of a batch.
func (s *Store) Claim(ctx context.Context, l beat.Lease, b beat.Batch) ([]beat.EntryID, error) {
	if err := b.Check(maxBatch); err != nil {
		return nil, err
	}
	decisions, err := json.Marshal(decisionsOf(b.Decisions, s.cfg.Foreign))
	if err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	done, err := json.Marshal(settlementsOf(b.Done))
	if err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	reply, err := s.run(ctx, "claim", l.Shard, l.Epoch, l.Holder.String(), b.ID.String(), string(b.Payload),
		string(decisions), string(done), ahead.Microseconds())
	switch {
	case errors.Is(err, beat.ErrUnavailable): // the server may have got it, and its answer been lost
		return nil, fmt.Errorf("claim: %w: %w", beat.ErrUnknownOutcome, err)
	case err != nil:
		return nil, fmt.Errorf("claim: %w", err)
	}
	got := Words(reply)
	if len(got) == 0 || got[0] != "ok" {
		return nil, fmt.Errorf("claim: shard %d, epoch %d: %w", l.Shard, l.Epoch, beat.ErrFenced)
	}
	var taken []beat.EntryID
	for _, id := range got[1:] {
		taken = append(taken, beat.EntryID(id))
	}
	return taken, nil
}

func decisionsOf(list []beat.Decision, f *Foreign) []decision {
	out := make([]decision, len(list))
	for i, d := range list {
		out[i] = decision{
			ID: d.ID, Prev: micros(d.Prev), To: micros(d.To), Fire: d.Fire, Next: micros(d.Next),
			Spec: strconv.FormatUint(d.Spec, 10), Note: d.Note,
		}
		switch d.End {
		case beat.EndSchedule:
			out[i].End = "schedule"
		case beat.EndTask:
			out[i].End = "task"
		case beat.EndNothing:
		}
		if f != nil && f.Extra != nil {
			out[i].Extra = f.Extra(&list[i])
		}
		if d.Missed > 0 {
			out[i].Missed = &omission{
				From: micros(d.MissedFrom), To: micros(d.MissedTo), Count: strconv.FormatInt(d.Missed, 10), Reason: d.MissedReason,
			}
		}
	}
	return out
}

func settlementsOf(list []beat.Settlement) []settlement {
	out := make([]settlement, len(list))
	for i, st := range list {
		out[i] = settlement{Batch: st.Batch.String(), Failed: make([]failure, len(st.Failed))}
		for j, f := range st.Failed {
			out[i].Failed[j] = failure{
				ID: f.ID, Instant: micros(f.Instant), State: uint8(f.State), Name: f.State.String(), Reason: f.Reason,
			}
		}
	}
	return out
}
