package docstore

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/claimlog"
)

// journal is the series of changes.
const journal claimlog.Series = "changes"

const (
	// editLimit is how long an edit may take from the note of its beginning.
	editLimit = 10 * time.Second
	// deadAfter is the age of a beginning after which its end will not come. It leaves a multiple of editLimit for a
	// request that is under way.
	deadAfter = 3 * editLimit
	// markAge is how long the place of the newest note is taken for known. A place behind it is free because nobody has
	// taken it, and never because keep further notes were written meanwhile and the note there was removed.
	markAge = time.Second
	// keep is how many notes are kept at least, and trimEvery after how many those before are removed.
	keep      = 20_000
	trimEvery = 1000
)

// note is a record of the journal.
type note struct {
	Begins bool           `json:"begins,omitempty"`
	Began  int64          `json:"began,omitempty"`  // place of the beginning whose end this is
	Failed bool           `json:"failed,omitempty"` // an end: the change was refused, or its outcome is unknown
	Purged bool           `json:"purged,omitempty"` // everything before it was forgotten
	IDs    []beat.EntryID `json:"ids"`
	At     time.Time      `json:"at"`

	seq int64
}

// mark is the newest note as it was last seen.
type mark struct {
	seq  int64
	at   time.Time // of the note
	seen time.Time
}

// noted carries out a write between the notes of its beginning and its end. at is when it is made.
func (s *Store) noted(ctx context.Context, at time.Time, ids []beat.EntryID, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, editLimit)
	defer cancel()
	began, err := s.append(ctx, note{Begins: true, IDs: ids, At: at})
	if err != nil {
		return fmt.Errorf("note the beginning of a change: %w", err)
	}
	err = do(ctx)
	// The change counts whether or not its end is noted; without that it is noticed once the beginning is old.
	endCtx, stop := context.WithTimeout(context.WithoutCancel(ctx), editLimit)
	defer stop()
	_, _ = s.append(endCtx, note{Began: began, Failed: err != nil, IDs: ids, At: at})
	return err
}

// append writes a note behind the newest one and returns its place.
func (s *Store) append(ctx context.Context, n note) (int64, error) {
	at, last := n.At, s.mark.Load()
	for {
		if last == nil || time.Since(last.seen) > markAge {
			newest, err := s.newest(ctx, 1)
			if err != nil {
				return 0, err
			}
			last = &mark{seen: time.Now()}
			if len(newest) > 0 {
				last.seq, last.at = newest[0].seq, newest[0].At
			}
		}
		next := &mark{seq: last.seq + 1, at: later(last.at, at), seen: time.Now()}
		n.At = next.at
		data, err := json.Marshal(n)
		if err != nil {
			return 0, fmt.Errorf("encode a note of the journal: %w", err)
		}
		inserted, err := s.db.Insert(ctx, journal, claimlog.Record{Seq: next.seq, Data: data})
		if err != nil {
			return 0, err
		}
		if inserted {
			s.mark.Store(next)
			return next.seq, s.trim(ctx, next.seq)
		}
		last = nil
	}
}

// trim removes the oldest notes from time to time.
func (s *Store) trim(ctx context.Context, seq int64) error {
	if seq%trimEvery != 0 {
		return nil
	}
	old, err := s.db.Before(ctx, journal, seq-keep, trimEvery)
	if err != nil {
		return err
	}
	seqs := make([]int64, len(old))
	for i := range old {
		seqs[i] = old[i].Seq
	}
	return s.db.Remove(ctx, journal, seqs)
}

// newest returns the newest notes, the latest first.
func (s *Store) newest(ctx context.Context, limit int) ([]note, error) {
	records, err := s.db.Before(ctx, journal, math.MaxInt64, limit)
	if err != nil {
		return nil, err
	}
	return notes(records)
}

func notes(records []claimlog.Record) ([]note, error) {
	list := make([]note, len(records))
	for i, r := range records {
		if err := json.Unmarshal(r.Data, &list[i]); err != nil {
			return nil, fmt.Errorf("note %d of the journal: %w", r.Seq, err)
		}
		list[i].seq = r.Seq
	}
	return list, nil
}
