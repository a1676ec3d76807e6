package redbeat

import (
	"context"
	"fmt"

	"github.com/gobeat/gobeat/beat"
)

// Latest returns the version of the entries, of which it reads a digest each.
func (s *Store) Latest(ctx context.Context) (beat.Version, error) {
	v, err := s.watch.poll(ctx)
	if err != nil {
		return beat.Version{}, fmt.Errorf("poll for changes: %w", err)
	}
	return v, nil
}

// Since returns the entries changed and deleted after v.
func (s *Store) Since(ctx context.Context, v beat.Version) ([]beat.Entry, []beat.EntryID, beat.Version, error) {
	if _, err := s.watch.poll(ctx); err != nil {
		return nil, nil, beat.Version{}, fmt.Errorf("read changes: %w", err)
	}
	names, next, ok := s.watch.since(v)
	if !ok {
		return nil, nil, beat.Version{}, fmt.Errorf("read changes: %w", beat.ErrTooOld)
	}
	changed, err := s.entries(ctx, names)
	if err != nil {
		return nil, nil, beat.Version{}, fmt.Errorf("read changed entries: %w", err)
	}
	found := make(map[beat.EntryID]bool, len(changed))
	for i := range changed {
		found[changed[i].ID] = true
	}
	var deleted []beat.EntryID
	for _, name := range names {
		if id := beat.EntryID(name); !found[id] {
			deleted = append(deleted, id)
		}
	}
	return changed, deleted, next, nil
}
