package docstore

import (
	"context"
	"errors"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/claimlog"
)

// switches is what the claim log knows of the entries.
type switches struct{ *Store }

var _ claimlog.Entries = switches{}

// Running tells of entries that are there whether they are switched on.
func (s switches) Running(ctx context.Context, ids []beat.EntryID) (map[beat.EntryID]bool, error) {
	found, err := s.find(ctx, ids)
	if err != nil {
		return nil, err
	}
	running := make(map[beat.EntryID]bool, len(ids))
	for _, id := range ids {
		if e, there := found[id]; there {
			running[id] = e.Running()
		}
	}
	return running, nil
}

// SwitchOff switches a schedule off, or its task.
func (s switches) SwitchOff(ctx context.Context, id beat.EntryID, end beat.End) error {
	err := s.edit(ctx, taskOf(id), func(t *task, at time.Time) ([]beat.EntryID, error) {
		i := t.find(id)
		switch {
		case i < 0:
			return nil, beat.ErrNotFound
		case end == beat.EndTask:
			t.Task.Enabled, t.Task.ModifiedAt = false, later(t.Task.ModifiedAt, at)
			return t.ids(), nil
		}
		t.setActive(i, false, at)
		return []beat.EntryID{id}, nil
	})
	if errors.Is(err, beat.ErrNotFound) {
		return nil
	}
	return err
}
