package claimlog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
)

const (
	worthCheckpoint = 64 << 10 // bytes of records, at least
	removePage      = 1000
)

// head is a checkpoint: where its state stands.
type head struct {
	Format int       `json:"v,omitempty"`
	ID     uuid.UUID `json:"id"`
	Parts  int       `json:"parts"`
	Size   int       `json:"size"` // bytes
}

// catchUp loads the newest checkpoint if it is ahead of the state, and tells whether it did. While it reads, a newer one
// may take the place of that; the next call finds it.
func (l *Log) catchUp(ctx context.Context) (bool, error) {
	newest, ok, err := l.newest(ctx)
	if err != nil || !ok || newest.Seq <= l.st.Seq {
		return false, err
	}
	var h head
	if err := json.Unmarshal(newest.Data, &h); err != nil {
		return false, fmt.Errorf("checkpoint %d: %w", newest.Seq, err)
	}
	if err := readable(h.Format); err != nil {
		return false, fmt.Errorf("checkpoint %d: %w", newest.Seq, err)
	}
	data, err := l.getParts(ctx, partsOf(h.ID), h.Parts)
	if errors.Is(err, errPartsGone) {
		replaced, _, again := l.newest(ctx)
		if again == nil && replaced.Seq > newest.Seq {
			return true, nil
		}
	}
	if err != nil {
		return false, fmt.Errorf("checkpoint %d: %w", newest.Seq, err)
	}
	st := newState()
	if err := json.Unmarshal(data, st); err != nil {
		return false, fmt.Errorf("checkpoint %d: %w", newest.Seq, err)
	}
	st.takeOver(l.st)
	l.st, l.last, l.written = st, uuid.Nil, 0
	return true, nil
}

// takeOver keeps when leases were seen first that were known before; those that are new are seen now.
func (s *state) takeOver(old *state) {
	for shard, lease := range s.Leases {
		known := old.Leases[shard]
		if known != nil && known.Epoch == lease.Epoch && known.Renewals == lease.Renewals {
			lease.seen = known.seen
			continue
		}
		lease.seen = time.Now()
	}
}

// checkpoint writes the state and removes what it covers, if enough was written since the last one. What it does not
// manage to remove is removed with the next.
func (l *Log) checkpoint(ctx context.Context) error {
	old, had, err := l.newest(ctx)
	if err != nil {
		return err
	}
	var former head
	if had {
		if err := json.Unmarshal(old.Data, &former); err != nil {
			return fmt.Errorf("checkpoint %d: %w", old.Seq, err)
		}
	}
	if l.written < max(l.least, former.Size) {
		return nil
	}
	if err := l.forget(ctx); err != nil {
		return err
	}
	data, err := json.Marshal(l.st)
	if err != nil {
		return fmt.Errorf("encode a checkpoint: %w", err)
	}
	h := head{Format: format, ID: uuid.New(), Size: len(data)}
	if h.Parts, err = l.putParts(ctx, partsOf(h.ID), data); err != nil {
		return fmt.Errorf("write a checkpoint: %w", err)
	}
	body, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("encode a checkpoint: %w", err)
	}
	inserted, err := l.engine.Insert(ctx, seriesCheckpoint, Record{Seq: l.st.Seq, Data: body})
	if err != nil {
		return fmt.Errorf("write checkpoint %d: %w", l.st.Seq, err)
	}
	if !inserted { // of another shard's leader, with the same state
		return l.removeParts(ctx, h.ID, h.Parts)
	}
	l.written = 0
	return l.remove(ctx, l.st.Seq)
}

// forget drops the cursors of entries that are gone.
func (l *Log) forget(ctx context.Context) error {
	for ids := range slices.Chunk(slices.Collect(maps.Keys(l.st.Cursors)), removePage) {
		running, err := l.entries.Running(ctx, ids)
		if err != nil {
			return fmt.Errorf("look which entries are gone: %w", err)
		}
		for _, id := range ids {
			if _, there := running[id]; !there {
				delete(l.st.Cursors, id)
				delete(l.st.Ends, id)
			}
		}
	}
	return nil
}

// remove removes records up to a place, and checkpoints before it, oldest first.
func (l *Log) remove(ctx context.Context, upTo int64) error {
	for {
		records, err := l.engine.After(ctx, seriesLog, 0, removePage)
		if err != nil {
			return fmt.Errorf("remove what the checkpoint covers: %w", err)
		}
		var covered []int64
		for _, r := range records {
			if r.Seq > upTo {
				break
			}
			if e, err := decode(r); err == nil && e.Parts > 0 {
				if err := l.removeParts(ctx, e.ID, e.Parts); err != nil {
					return err
				}
			}
			covered = append(covered, r.Seq)
		}
		if len(covered) == 0 {
			break
		}
		if err := l.engine.Remove(ctx, seriesLog, covered); err != nil {
			return fmt.Errorf("remove what the checkpoint covers: %w", err)
		}
	}
	former, err := l.engine.Before(ctx, seriesCheckpoint, upTo, removePage)
	if err != nil {
		return fmt.Errorf("remove former checkpoints: %w", err)
	}
	if err := l.removeStowed(ctx, seriesCheckpoint, former); err != nil {
		return fmt.Errorf("remove former checkpoints: %w", err)
	}
	return nil
}
