package claimlog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// lookPage is how many entries are looked for at once.
const lookPage = 1000

// LastExecution returns the latest instant that was claimed for sending; see beat.Ledger.
func (l *Log) LastExecution(ctx context.Context) (time.Time, bool, error) {
	end, err := l.begin(ctx, true)
	if err != nil {
		return time.Time{}, false, err
	}
	defer end()
	ran := l.st.cursors(func(c *beat.Cursor) bool { return !c.LastRun.IsZero() })
	slices.SortFunc(ran, func(a, b beat.Cursor) int { return b.LastRun.Compare(a.LastRun) })
	for page := range slices.Chunk(ran, lookPage) {
		running, err := l.entries.Running(ctx, cursorIDs(page))
		if err != nil {
			return time.Time{}, false, fmt.Errorf("last execution: %w", err)
		}
		for _, c := range page {
			if _, there := running[c.ID]; there {
				return c.LastRun, true, nil
			}
		}
	}
	return time.Time{}, false, nil
}

// Put replaces cursors while nobody leads; see beat.Ledger.
func (l *Log) Put(ctx context.Context, cursors []beat.Cursor) error {
	end, err := l.begin(ctx, true)
	if err != nil {
		return err
	}
	defer end()
	for page := range slices.Chunk(cursorIDs(cursors), lookPage) {
		running, err := l.entries.Running(ctx, page)
		if err != nil {
			return fmt.Errorf("put cursors: %w", err)
		}
		for _, id := range page {
			if _, there := running[id]; !there {
				return fmt.Errorf("put the cursor of %q: %w", id, beat.ErrNotFound)
			}
		}
	}
	return l.put(ctx, func(at time.Time, hasClock bool) ([]beat.Cursor, error) {
		for shard, own := range l.st.Leases {
			if own.held(at, hasClock) {
				return nil, fmt.Errorf("put cursors: shard %d is led by %s: %w", shard, own.Name, beat.ErrFenced)
			}
		}
		return cursors, nil
	})
}

// Restart lets an entry count from now, whoever leads: the leader's next decision about it is refused, so that he reads it
// again. What was due is not made up.
func (l *Log) Restart(ctx context.Context, id beat.EntryID) error {
	end, err := l.begin(ctx, true)
	if err != nil {
		return err
	}
	defer end()
	return l.put(ctx, func(at time.Time, _ bool) ([]beat.Cursor, error) {
		known := l.st.Cursors[id]
		if known == nil {
			return nil, nil
		}
		c := known.Cursor
		if at.After(c.DecidedTo) { // a leader may have decided a little ahead of the clock; cursors do not go back
			c.DecidedTo = at
		}
		c.Next, c.Spec = time.Time{}, 0
		return []beat.Cursor{c}, nil
	})
}

// put writes the cursors that choose returns; it is asked again after other records.
func (l *Log) put(ctx context.Context, choose func(at time.Time, hasClock bool) ([]beat.Cursor, error)) error {
	for {
		at, hasClock, err := l.clock(ctx)
		if err != nil {
			return fmt.Errorf("put cursors: %w", err)
		}
		cursors, err := choose(at, hasClock)
		if err != nil || len(cursors) == 0 {
			return err
		}
		e := entry{ID: uuid.New(), Kind: kindPut, At: micros(at)}
		for _, c := range cursors {
			c.DecidedTo, c.LastRun, c.Next = stamp(c.DecidedTo), stamp(c.LastRun), stamp(c.Next)
			e.Cursors = append(e.Cursors, c)
		}
		if err := l.insert(ctx, e); !errors.Is(err, errBeaten) {
			return err
		}
	}
}

func cursorIDs(cursors []beat.Cursor) []beat.EntryID {
	ids := make([]beat.EntryID, len(cursors))
	for i := range cursors {
		ids[i] = cursors[i].ID
	}
	return ids
}
