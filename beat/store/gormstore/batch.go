package gormstore

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
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

// readBatches reads rows of id, epoch, payload and runs as encodeRuns writes them. It closes them.
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
