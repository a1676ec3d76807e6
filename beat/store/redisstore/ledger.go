package redisstore

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// LastExecution returns the latest instant that was claimed for sending. It reads all cursors.
func (s *Store) LastExecution(ctx context.Context) (time.Time, bool, error) {
	var last time.Time
	err := s.eachCursor(ctx, func(c beat.Cursor) {
		if c.LastRun.After(last) {
			last = c.LastRun
		}
	})
	if err != nil {
		return time.Time{}, false, fmt.Errorf("last execution: %w", err)
	}
	return last, !last.IsZero(), nil
}

// Put replaces cursors while nobody leads.
func (s *Store) Put(ctx context.Context, cursors []beat.Cursor) error {
	type put struct {
		ID     beat.EntryID `json:"id"`
		Stored string       `json:"stored"`
		Fires  int64        `json:"fires"`
		Extra  any          `json:"extra,omitempty"` // see Foreign
	}
	all := make([]put, len(cursors))
	for i, c := range cursors {
		all[i] = put{ID: c.ID, Stored: stored(c), Fires: c.Fires}
		if f := s.cfg.Foreign; f != nil && f.Placed != nil {
			all[i].Extra = f.Placed(&c)
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("put cursors: %w", err)
	}
	reply, err := s.run(ctx, "put", string(text))
	if err != nil {
		return fmt.Errorf("put cursors: %w", err)
	}
	switch got := Words(reply); {
	case len(got) == 3 && got[0] == "held":
		return fmt.Errorf("put cursors: %s leads shard %s: %w", got[1], got[2], beat.ErrFenced)
	case len(got) == 2 && got[0] == "unknown":
		return fmt.Errorf("put the cursor of %q: %w", got[1], beat.ErrNotFound)
	}
	return nil
}

// stored is a cursor as claim.lua stores it, without a batch.
func stored(c beat.Cursor) string {
	return strings.Join([]string{
		micros(c.DecidedTo), micros(c.LastRun), micros(c.Next), strconv.FormatUint(c.Spec, 10), strconv.FormatInt(c.Fires, 10), "", c.Note,
	}, ",")
}

// Stored says whether there are entries.
func (s *Store) Stored(ctx context.Context) (beat.Stored, error) {
	if err := s.ready(ctx); err != nil {
		return 0, err
	}
	n, err := s.client.ZCard(ctx, s.base+"order").Result()
	if err != nil {
		return 0, s.failed(ctx, "count entries", err)
	}
	if n > 0 {
		return beat.StoredSome, nil
	}
	used, err := s.client.HExists(ctx, s.base+"meta", "used").Result()
	if err != nil {
		return 0, s.failed(ctx, "look whether there ever were entries", err)
	}
	if used {
		return beat.StoredEmpty, nil
	}
	return beat.StoredNever, nil
}
