package gormstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/models"
)

// newClaim checks a batch and turns its ids into keys.
func newClaim(b beat.Batch) (claim, error) {
	if len(b.Decisions) > maxBatch {
		return claim{}, fmt.Errorf("claim: %d decisions, at most %d are possible", len(b.Decisions), maxBatch)
	}
	c := claim{id: b.ID, done: b.Done, payload: b.Payload, decisions: make([]decision, 0, len(b.Decisions))}
	seen := make(map[beat.EntryID]bool, len(b.Decisions))
	for _, d := range b.Decisions {
		if seen[d.ID] {
			return claim{}, fmt.Errorf("claim: entry %s is in the batch twice", d.ID)
		}
		seen[d.ID] = true
		if key, ok := models.ScheduleID(d.ID); ok {
			c.decisions = append(c.decisions, decision{Decision: d, id: key})
		}
	}
	return c, nil
}

// encodeRuns writes runs as the JSON text of beat_batch.runs: pairs of key and microseconds since 1970.
func encodeRuns(runs [][2]int64) (string, error) {
	text, err := json.Marshal(runs)
	if err != nil {
		return "", fmt.Errorf("encode runs: %w", err)
	}
	return string(text), nil
}

// batchColumns are the columns that readBatches reads, where runs are kept as encodeRuns writes them.
const batchColumns = "id, epoch, payload, runs"

// Unsettled returns batches of earlier epochs.
func (s *Store) Unsettled(ctx context.Context, l beat.Lease) ([]beat.OpenBatch, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	open, err := s.batches(ctx, "state = 1 and namespace = ? and shard = ? and epoch < ? order by epoch, id",
		s.cfg.Namespace, l.Shard, l.Epoch)
	return open, s.wrap("read unsettled batches", err)
}

// Settled returns batches that were settled lately, with the failures that the ledger has of them. They are kept for
// keepSettled.
func (s *Store) Settled(ctx context.Context, l beat.Lease, since time.Duration) ([]beat.OpenBatch, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	const attempt = "read settled batches"
	found, err := s.batches(ctx,
		"state = 2 and settled_at >= "+s.d.clock(-since)+" and namespace = ? and shard = ? order by settled_at, id",
		s.cfg.Namespace, l.Shard)
	if err != nil || len(found) == 0 {
		return nil, s.wrap(attempt, err)
	}
	// The clock has moved on since the first query.
	failed, err := s.failedSince(ctx, since+time.Minute)
	if err != nil {
		return nil, s.wrap(attempt, err)
	}
	for i := range found {
		found[i].Failed = failed[found[i].ID]
	}
	return found, nil
}

func (s *Store) batches(ctx context.Context, where string, args ...any) ([]beat.OpenBatch, error) {
	return s.batchesIn(s.gorm.WithContext(ctx), where, args...)
}

func (s *Store) batchesIn(db *gorm.DB, where string, args ...any) ([]beat.OpenBatch, error) {
	rows, err := db.Raw(s.sql("select "+s.d.batchColumns()+" from ${prefix}beat_batch where "+where), args...).Rows()
	if err != nil {
		return nil, err
	}
	return readBatches(rows)
}

// failedSince returns the runs that were settled lately and not confirmed, by batch.
func (s *Store) failedSince(ctx context.Context, since time.Duration) (map[uuid.UUID][]beat.Failure, error) {
	var rows []models.LedgerRow
	err := s.gorm.WithContext(ctx).Where("state <> 'confirmed' and settled_at >= " + s.d.clock(-since)).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	failed := make(map[uuid.UUID][]beat.Failure, len(rows))
	for _, r := range rows {
		rec := r.Domain()
		failed[rec.Batch] = append(failed[rec.Batch], beat.Failure{
			ID: rec.ID, Instant: rec.Instant, State: stateOf(rec.State), Reason: rec.Reason,
		})
	}
	return failed, nil
}

// stateOf reads the text of a state.
func stateOf(text string) message.State {
	for _, s := range []message.State{message.Returned, message.Refused, message.Rejected} {
		if s.String() == text {
			return s
		}
	}
	return message.Unknown
}

// readBatches reads rows of batchColumns. It closes them.
func readBatches(rows *sql.Rows) ([]beat.OpenBatch, error) {
	defer rows.Close()
	var open []beat.OpenBatch
	for rows.Next() {
		var b beat.OpenBatch
		var id string
		var runs []byte
		err := rows.Scan(&id, &b.Epoch, &b.Payload, &runs)
		if err != nil {
			return nil, err
		}
		if b.ID, err = uuid.Parse(id); err != nil {
			return nil, fmt.Errorf("id of a batch: %w", err)
		}
		if b.Runs, err = decodeRuns(runs); err != nil {
			return nil, fmt.Errorf("runs of batch %s: %w", b.ID, err)
		}
		open = append(open, b)
	}
	return open, rows.Err()
}

func decodeRuns(text []byte) ([]beat.Run, error) {
	var pairs [][2]int64
	if err := json.Unmarshal(text, &pairs); err != nil {
		return nil, err
	}
	runs := make([]beat.Run, len(pairs))
	for i, p := range pairs {
		runs[i] = beat.Run{ID: models.EntryID(p[0]), Instant: time.UnixMicro(p[1]).UTC()}
	}
	return runs, nil
}
