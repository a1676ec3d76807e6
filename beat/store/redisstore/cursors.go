package redisstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/gobeat/gobeat/beat"
)

// Get returns the cursors of the given entries.
func (s *Store) Get(ctx context.Context, ids []beat.EntryID) (map[beat.EntryID]beat.Cursor, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	found := make(map[beat.EntryID]beat.Cursor, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	fields := make([]string, len(ids))
	for i, id := range ids {
		fields[i] = string(id)
	}
	stored, err := s.client.HMGet(ctx, s.base+"cursors", fields...).Result()
	if err != nil {
		return nil, s.failed(ctx, "get cursors", err)
	}
	for i, text := range stored {
		if text == nil {
			continue
		}
		c, err := Cursor(ids[i], word(text))
		if err != nil {
			return nil, fmt.Errorf("cursor of %s: %w", ids[i], err)
		}
		found[ids[i]] = c
	}
	return found, nil
}

// Cursor reads what is stored of the cursor of an entry: decided to, last run, next, spec, fires, batch, note.
func Cursor(id beat.EntryID, text string) (beat.Cursor, error) {
	parts := strings.SplitN(text, ",", 7)
	if len(parts) != 7 {
		return beat.Cursor{}, fmt.Errorf("it has %d parts, want 7", len(parts))
	}
	at, err := instants(parts[:3]...)
	if err != nil {
		return beat.Cursor{}, err
	}
	c := beat.Cursor{ID: id, DecidedTo: at[0], LastRun: at[1], Next: at[2], Note: parts[6]}
	if c.Spec, err = strconv.ParseUint(parts[3], 10, 64); err != nil {
		return beat.Cursor{}, fmt.Errorf("spec: %w", err)
	}
	if c.Fires, err = strconv.ParseInt(parts[4], 10, 64); err != nil {
		return beat.Cursor{}, fmt.Errorf("fires: %w", err)
	}
	return c, nil
}
