package claimlog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

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

// Put replaces cursors while nobody leads.
func (l *Log) Put(ctx context.Context, cursors []beat.Cursor) error {
	end, err := l.begin(ctx, true)
	if err != nil {
		return err
	}
	defer end()
	if err := l.mustExist(ctx, cursors); err != nil {
		return fmt.Errorf("put cursors: %w", err)
	}
	for {
		at, hasClock, err := l.clock(ctx)
		if err != nil {
			return fmt.Errorf("put cursors: %w", err)
		}
		for shard, own := range l.st.Leases {
			if own.held(at, hasClock) {
				return fmt.Errorf("put cursors: shard %d is led by %s: %w", shard, own.Name, beat.ErrFenced)
			}
		}
		if len(cursors) == 0 {
			return nil
		}
		e := entry{ID: uuid.New(), Kind: kindPut, At: micros(at)}
		for _, c := range cursors {
			c.DecidedTo, c.LastRun, c.Next = stamp(c.DecidedTo), stamp(c.LastRun), stamp(c.Next)
			e.Cursors = append(e.Cursors, c)
		}
		err = l.insert(ctx, e)
		if err == errBeaten { //nolint:errorlint // never wrapped
			continue
		}
		return err
	}
}

// mustExist returns beat.ErrNotFound when there is no entry of one of the cursors.
func (l *Log) mustExist(ctx context.Context, cursors []beat.Cursor) error {
	ids := make([]beat.EntryID, len(cursors))
	for i := range cursors {
		ids[i] = cursors[i].ID
	}
	there, err := l.entries.Running(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if _, ok := there[id]; !ok {
			return fmt.Errorf("entry %q: %w", id, beat.ErrNotFound)
		}
	}
	return nil
}

// LastExecution returns the latest planned instant that was claimed for sending among the entries that are there.
func (l *Log) LastExecution(ctx context.Context) (time.Time, bool, error) {
	end, err := l.begin(ctx, true)
	if err != nil {
		return time.Time{}, false, err
	}
	defer end()
	there, err := l.entries.Running(ctx, slices.Collect(maps.Keys(l.st.Cursors)))
	if err != nil {
		return time.Time{}, false, fmt.Errorf("last execution: %w", err)
	}
	var last time.Time
	for id := range there {
		if c := l.st.Cursors[id]; c.LastRun.After(last) {
			last = c.LastRun
		}
	}
	return last, !last.IsZero(), nil
}

// History returns nothing; no history is kept.
func (l *Log) History(ctx context.Context, _ beat.EntryID, _ time.Time, _ int) ([]beat.Record, error) {
	return nil, l.nothing(ctx)
}

// Omissions returns nothing; no history is kept.
func (l *Log) Omissions(ctx context.Context, _ beat.EntryID, _ time.Time, _ int) ([]beat.Omission, error) {
	return nil, l.nothing(ctx)
}

func (l *Log) nothing(ctx context.Context) error {
	end, err := l.begin(ctx, false)
	if err == nil {
		end()
	}
	return err
}
