package claimlog

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// Muster notes that a beat is there and returns all that are. The newest record of a beat counts; it removes its older
// ones, and those that have expired.
func (l *Log) Muster(ctx context.Context, m beat.Member, ttl time.Duration) ([]beat.Member, error) {
	if err := l.ready(ctx); err != nil {
		return nil, err
	}
	at, _, err := l.clock(ctx)
	if err != nil {
		return nil, fmt.Errorf("muster: %w", err)
	}
	m.Ceded, m.Until = stamp(m.Ceded), stamp(at.Add(ttl))
	data, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("muster: %w", err)
	}
	seq := at.UnixMicro()
	for inserted := false; !inserted; seq++ {
		if inserted, err = l.engine.Insert(ctx, seriesCrew, Record{Seq: seq, Data: data}); err != nil {
			return nil, fmt.Errorf("muster: %w", err)
		}
	}
	crew, outdated, err := l.crew(ctx, at)
	if err != nil {
		return nil, err
	}
	crew[m.Holder] = m
	if err := l.engine.Remove(ctx, seriesCrew, outdated); err != nil {
		return nil, fmt.Errorf("muster: remove records of those who left: %w", err)
	}
	there := make([]beat.Member, 0, len(crew))
	for _, known := range crew {
		there = append(there, known)
	}
	slices.SortFunc(there, func(a, b beat.Member) int { return bytes.Compare(a.Holder[:], b.Holder[:]) })
	return there, nil
}

// crew returns who is there, and the places of records that say nothing any more.
func (l *Log) crew(ctx context.Context, at time.Time) (map[uuid.UUID]beat.Member, []int64, error) {
	newest := map[uuid.UUID]int64{}
	crew := map[uuid.UUID]beat.Member{}
	var outdated []int64
	for seq := int64(0); ; {
		records, err := l.engine.After(ctx, seriesCrew, seq, page)
		if err != nil {
			return nil, nil, fmt.Errorf("read who is there: %w", err)
		}
		for _, r := range records {
			seq = r.Seq
			var m beat.Member
			if err := json.Unmarshal(r.Data, &m); err != nil || !m.Until.After(at) {
				outdated = append(outdated, r.Seq)
				continue
			}
			if old, known := newest[m.Holder]; known {
				outdated = append(outdated, old)
			}
			newest[m.Holder], crew[m.Holder] = r.Seq, m
		}
		if len(records) < page {
			return crew, outdated, nil
		}
	}
}

// Leave notes that a beat is gone.
func (l *Log) Leave(ctx context.Context, holder uuid.UUID) error {
	if err := l.ready(ctx); err != nil {
		return err
	}
	for seq := int64(0); ; {
		records, err := l.engine.After(ctx, seriesCrew, seq, page)
		if err != nil {
			return fmt.Errorf("leave: %w", err)
		}
		var own []int64
		for _, r := range records {
			seq = r.Seq
			var m beat.Member
			if json.Unmarshal(r.Data, &m) == nil && m.Holder == holder {
				own = append(own, r.Seq)
			}
		}
		if err := l.engine.Remove(ctx, seriesCrew, own); err != nil {
			return fmt.Errorf("leave: %w", err)
		}
		if len(records) < page {
			return nil
		}
	}
}

// ready refuses a call on a closed log or under a context that has ended.
func (l *Log) ready(ctx context.Context) error {
	end, err := l.begin(ctx, false)
	if err == nil {
		end()
	}
	return err
}
