package claimlog

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// Series of a namespace.
const (
	seriesLog        Series = "log"
	seriesCheckpoint Series = "checkpoint" // the place is that of the last record it covers
	seriesCrew       Series = "crew"       // the place is a time in microseconds
	seriesHistory    Series = "history"    // the place is that of the last record whose runs are in it
)

// page is how many records are read at once.
const page = 64

// errBeaten means that another record stands where one was to be inserted. The state has been read anew.
var errBeaten = errors.New("another record was there first")

// Log is the claims, cursors and crew of one namespace. It is safe for concurrent use; its calls take turns.
type Log struct {
	engine  Engine
	entries Entries

	turn   chan struct{} // holds a value while a call is at work
	closed atomic.Bool

	st       *state
	last     uuid.UUID // of the newest record that was applied; zero: the state is that of a checkpoint
	doubtful bool      // the outcome of an insert is unknown; read before anything else
	switched []string  // entries that were switched off, to be noted by the next record
	filed    int64     // up to where the history was filed, to be noted by the next record
	written  int       // bytes of records since the checkpoint
	least    int       // that many are worth the next one
}

// New returns the log of the namespace that the engine keeps.
func New(engine Engine, entries Entries) *Log {
	return &Log{engine: engine, entries: entries, turn: make(chan struct{}, 1), st: newState(), least: worthCheckpoint}
}

// Close makes every later call return beat.ErrClosed. It is idempotent, and leaves the engine open.
func (l *Log) Close() { l.closed.Store(true) }

// begin waits for the turn. fresh asks that everything that was written before be read.
func (l *Log) begin(ctx context.Context, fresh bool) (end func(), err error) {
	if l.closed.Load() {
		return nil, fmt.Errorf("claim log: %w", beat.ErrClosed)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if fresh || l.doubtful {
		if err := l.readOn(ctx); err != nil {
			<-l.turn
			return nil, err
		}
	}
	return func() { <-l.turn }, nil
}

// readOn applies all records that are there.
func (l *Log) readOn(ctx context.Context) error {
	for {
		records, err := l.engine.After(ctx, seriesLog, l.st.Seq, page)
		if err != nil {
			return fmt.Errorf("read the claim log after %d: %w", l.st.Seq, err)
		}
		behind, err := l.catchUp(ctx)
		if err != nil {
			return err
		}
		if behind {
			continue
		}
		applied, err := l.applyAll(ctx, records)
		if errors.Is(err, errPartsGone) {
			if behind, again := l.catchUp(ctx); again == nil && behind {
				continue
			}
		}
		if err != nil {
			return err
		}
		if applied < page {
			l.doubtful = false
			return nil
		}
	}
}

// applyAll applies records up to the first gap. What is behind a gap was written by a leader whose earlier records the
// database has lost.
func (l *Log) applyAll(ctx context.Context, records []Record) (int, error) {
	for i, r := range records {
		if r.Seq != l.st.Seq+1 {
			return i, nil
		}
		e, err := decode(r)
		if err != nil {
			return i, err
		}
		if err := l.unstow(ctx, e.ID, e.Parts, &e); err != nil {
			return i, fmt.Errorf("record %d of the claim log: %w", r.Seq, err)
		}
		l.apply(&e, len(r.Data))
	}
	return len(records), nil
}

func (l *Log) apply(e *entry, size int) {
	l.st.apply(e)
	l.last = e.ID
	l.written += size
}

// insert appends a record. Afterwards the state contains it, or the error is errBeaten, or the outcome is unknown.
func (l *Log) insert(ctx context.Context, e entry) error {
	e.Format, e.Switched, e.Filed = format, l.switched, l.filed
	data, err := l.encode(ctx, &e)
	if err != nil {
		return err
	}
	seq := l.st.Seq + 1
	inserted, err := l.engine.Insert(ctx, seriesLog, Record{Seq: seq, Data: data})
	if err != nil {
		l.doubtful = true
		return fmt.Errorf("%s: write record %d of the claim log: %w: %w", e.Kind, seq, beat.ErrUnknownOutcome, err)
	}
	if !inserted {
		if err := l.removeParts(ctx, e.ID, e.Parts); err != nil {
			return err
		}
		if err := l.readOn(ctx); err != nil {
			return err
		}
		return errBeaten
	}
	l.doubtful = true
	checkpoint, _, err := l.newest(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w: %w", e.Kind, beat.ErrUnknownOutcome, err)
	}
	if checkpoint.Seq >= seq {
		// The place was free because its record had been removed, or the record is part of the checkpoint by now.
		if err := l.engine.Remove(ctx, seriesLog, []int64{seq}); err != nil {
			return fmt.Errorf("%s: remove a record behind the checkpoint: %w: %w", e.Kind, beat.ErrUnknownOutcome, err)
		}
		if err := l.readOn(ctx); err != nil {
			return err
		}
		return errBeaten
	}
	l.apply(&e, len(data))
	l.doubtful, l.switched, l.filed = false, nil, 0
	return nil
}

// encode returns a record as it is stored.
func (l *Log) encode(ctx context.Context, e *entry) (data []byte, err error) {
	data, e.Parts, err = l.stow(ctx, e.ID, e, func(parts int) any {
		return entry{Format: format, ID: e.ID, Kind: e.Kind, Parts: parts}
	})
	return data, err
}

// newest returns the newest checkpoint.
func (l *Log) newest(ctx context.Context) (Record, bool, error) {
	found, err := l.engine.Before(ctx, seriesCheckpoint, math.MaxInt64, 1)
	if err != nil {
		return Record{}, false, fmt.Errorf("read the newest checkpoint: %w", err)
	}
	if len(found) == 0 {
		return Record{}, false, nil
	}
	return found[0], true, nil
}
