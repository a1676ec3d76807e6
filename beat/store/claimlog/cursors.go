package claimlog

import (
	"context"
	"fmt"
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

// Put replaces cursors, for imports and repairs. It returns beat.ErrFenced while somebody leads.
func (l *Log) Put(ctx context.Context, cursors []beat.Cursor) error {
	end, err := l.begin(ctx, true)
	if err != nil {
		return err
	}
	defer end()
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

// LastExecution returns the instant of the newest run that was settled as sent, and whether there is one.
func (l *Log) LastExecution(ctx context.Context) (time.Time, bool, error) {
	end, err := l.begin(ctx, true)
	if err != nil {
		return time.Time{}, false, err
	}
	defer end()
	return l.st.Newest, !l.st.Newest.IsZero(), nil
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
