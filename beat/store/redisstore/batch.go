package redisstore

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/message"
)

// Settle records that batches are finished.
func (s *Store) Settle(ctx context.Context, l beat.Lease, done []beat.Settlement) error {
	text, err := json.Marshal(settlementsOf(done))
	if err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	return s.order(ctx, fmt.Sprintf("settle: shard %d, epoch %d", l.Shard, l.Epoch), "settle",
		l.Shard, l.Epoch, l.Holder.String(), string(text))
}

// Unsettled returns batches of earlier epochs.
func (s *Store) Unsettled(ctx context.Context, l beat.Lease) ([]beat.OpenBatch, error) {
	return s.batches(ctx, l.Shard, "open", l.Epoch)
}

// Settled returns batches that were settled lately.
func (s *Store) Settled(ctx context.Context, l beat.Lease, since time.Duration) ([]beat.OpenBatch, error) {
	return s.batches(ctx, l.Shard, "settled", since.Microseconds())
}

func (s *Store) batches(ctx context.Context, shard int, which string, limit int64) ([]beat.OpenBatch, error) {
	reply, err := s.run(ctx, "batches", shard, which, limit)
	if err != nil {
		return nil, fmt.Errorf("%s batches: %w", which, err)
	}
	var found []beat.OpenBatch
	for _, row := range List(reply) {
		b, err := openBatch(Words(row))
		if err != nil {
			return nil, fmt.Errorf("%s batches: %w", which, err)
		}
		found = append(found, b)
	}
	return found, nil
}

// openBatch reads one row of the answer of batches.lua.
func openBatch(row []string) (b beat.OpenBatch, err error) {
	if len(row) != 5 {
		return b, fmt.Errorf("a batch has %d parts, want 5", len(row))
	}
	if b.ID, err = uuid.Parse(row[0]); err != nil {
		return b, fmt.Errorf("id of a batch: %w", err)
	}
	if b.Epoch, err = strconv.ParseInt(row[1], 10, 64); err != nil {
		return b, fmt.Errorf("epoch of batch %s: %w", b.ID, err)
	}
	if row[3] != "" {
		b.Payload = []byte(row[3])
	}
	var runs [][2]string
	if err := json.Unmarshal([]byte(row[2]), &runs); err != nil {
		return b, fmt.Errorf("runs of batch %s: %w", b.ID, err)
	}
	for _, run := range runs {
		at, err := instant(run[1])
		if err != nil {
			return b, fmt.Errorf("runs of batch %s: %w", b.ID, err)
		}
		b.Runs = append(b.Runs, beat.Run{ID: beat.EntryID(run[0]), Instant: at})
	}
	var failed []failure
	if err := json.Unmarshal([]byte(row[4]), &failed); err != nil {
		return b, fmt.Errorf("failed runs of batch %s: %w", b.ID, err)
	}
	for _, f := range failed {
		at, err := instant(f.Instant)
		if err != nil {
			return b, fmt.Errorf("failed runs of batch %s: %w", b.ID, err)
		}
		b.Failed = append(b.Failed, beat.Failure{ID: f.ID, Instant: at, State: message.State(f.State), Reason: f.Reason})
	}
	return b, nil
}
