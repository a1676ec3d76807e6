package claimlog

import (
	"context"
	"fmt"

	"github.com/gobeat/gobeat/beat"
)

// Get returns the cursors of the given entries. Those of entries that are gone are absent.
func (l *Log) Get(ctx context.Context, ids []beat.EntryID) (map[beat.EntryID]beat.Cursor, error) {
	end, err := l.begin(ctx, true)
	if err != nil {
		return nil, err
	}
	defer end()
	var known []beat.EntryID
	for _, id := range ids {
		if l.st.Cursors[id] != nil {
			known = append(known, id)
		}
	}
	if len(known) == 0 {
		return nil, nil
	}
	running, err := l.entries.Running(ctx, known)
	if err != nil {
		return nil, fmt.Errorf("read cursors: %w", err)
	}
	found := make(map[beat.EntryID]beat.Cursor, len(known))
	for _, id := range known {
		if _, there := running[id]; there {
			found[id] = l.st.Cursors[id].Cursor
		}
	}
	return found, nil
}
