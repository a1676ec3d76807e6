package docstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gobeat/gobeat/beat"
)

const (
	// mostNotes is how many notes are read at once; who asks for more is to load everything.
	mostNotes = 10_000
	notesPage = 1000
	// tail is how many of the newest notes Latest looks at for a beginning whose end will not come.
	tail = 64
)

// Latest returns the version of the entries.
func (s *Store) Latest(ctx context.Context) (beat.Version, error) {
	if err := s.ready(ctx); err != nil {
		return beat.Version{}, err
	}
	if err := s.look(ctx); err != nil {
		return beat.Version{}, err
	}
	v, err := s.latest(ctx)
	if err != nil {
		return v, fmt.Errorf("latest change: %w", err)
	}
	return v, nil
}

// latest counts the beginnings among the newest notes whose end will not come, so that the version moves when there is
// one more: what it wrote may have been read too early.
func (s *Store) latest(ctx context.Context) (beat.Version, error) {
	newest, err := s.newest(ctx, tail)
	if err != nil || len(newest) == 0 {
		return beat.Version{}, err
	}
	v := beat.Version{Seq: newest[0].seq, At: newest[0].At}
	slices.Reverse(newest)
	open := unfinished(newest)
	if len(open) == 0 {
		return v, nil
	}
	at, err := s.clock(ctx)
	if err != nil {
		return v, err
	}
	for _, n := range open {
		if dead(n, at) {
			v.Count++
		}
	}
	return v, nil
}

// unfinished returns the beginnings without an end, in the order of their places.
func unfinished(ascending []note) []note {
	ended := map[int64]bool{}
	for _, n := range ascending {
		if !n.Begins {
			ended[n.Began] = true
		}
	}
	var open []note
	for _, n := range ascending {
		if n.Begins && !ended[n.seq] {
			open = append(open, n)
		}
	}
	return open
}

func dead(n note, at time.Time) bool { return at.Sub(n.At) > deadAfter }

// Since returns the entries changed and deleted after v. What had begun and not ended by v is among them.
func (s *Store) Since(ctx context.Context, v beat.Version) ([]beat.Entry, []beat.EntryID, beat.Version, error) {
	if err := s.ready(ctx); err != nil {
		return nil, nil, beat.Version{}, err
	}
	changed, deleted, next, err := s.since(ctx, v)
	if err != nil {
		return nil, nil, beat.Version{}, fmt.Errorf("changes since %d: %w", v.Seq, err)
	}
	return changed, deleted, next, nil
}

func (s *Store) since(ctx context.Context, v beat.Version) ([]beat.Entry, []beat.EntryID, beat.Version, error) {
	next, err := s.latest(ctx)
	if err != nil {
		return nil, nil, next, err
	}
	if next.Seq < v.Seq || v.Seq < 0 {
		return nil, nil, next, beat.ErrTooOld
	}
	from := v.Seq
	if len(v.Open) > 0 {
		from = slices.Min(v.Open) - 1
	}
	list, err := s.between(ctx, from, next.Seq)
	if err != nil {
		return nil, nil, next, err
	}
	at, err := s.clock(ctx)
	if err != nil {
		return nil, nil, next, err
	}
	for _, n := range unfinished(list) {
		if !dead(n, at) {
			next.Open = append(next.Open, n.seq)
		}
	}
	var ids []beat.EntryID
	for _, n := range list {
		if n.seq > v.Seq || slices.Contains(v.Open, n.seq) {
			ids = append(ids, n.IDs...)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	found, err := s.find(ctx, ids)
	if err != nil {
		return nil, nil, next, err
	}
	var changed []beat.Entry
	var deleted []beat.EntryID
	for _, id := range ids {
		if e, there := found[id]; there {
			changed = append(changed, e)
		} else {
			deleted = append(deleted, id)
		}
	}
	return changed, deleted, next, nil
}

// between returns the notes after one place up to another. It returns ErrTooOld when some are gone, or too many.
func (s *Store) between(ctx context.Context, after, upTo int64) ([]note, error) {
	if upTo-after > mostNotes {
		return nil, beat.ErrTooOld
	}
	var list []note
	for after < upTo {
		records, err := s.db.After(ctx, journal, after, int(min(notesPage, upTo-after)))
		if err != nil {
			return nil, err
		}
		page, err := notes(records)
		if err != nil {
			return nil, err
		}
		for _, n := range page {
			if n.seq != after+1 {
				return nil, beat.ErrTooOld
			}
			after = n.seq
		}
		if len(page) == 0 {
			return nil, beat.ErrTooOld
		}
		list = append(list, page...)
	}
	return list, nil
}
