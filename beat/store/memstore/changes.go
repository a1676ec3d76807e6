package memstore

import (
	"context"
	"fmt"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// keepChanges is how many changes are remembered; older versions are answered with ErrTooOld.
const keepChanges = 20_000

// change is one line of the log: a schedule that was added, updated or deleted.
type change struct {
	seq int64
	id  int64
	at  time.Time
}

// changed logs a change of a schedule and hints at it.
func (d *data) changed(id int64) {
	d.seq++
	d.log = append(d.log, change{seq: d.seq, id: id, at: now()})
	if len(d.log) > 2*keepChanges {
		d.log = append([]change(nil), d.log[len(d.log)-keepChanges:]...)
	}
	for ch := range d.hints {
		select {
		case ch <- struct{}{}:
		default: // one is waiting already
		}
	}
}

func (d *data) version() beat.Version {
	v := beat.Version{Seq: d.seq}
	if n := len(d.log); n > 0 {
		v.At = d.log[n-1].at
	}
	return v
}

// Latest returns the version of the entries.
func (s *Store) Latest(ctx context.Context) (beat.Version, error) {
	unlock, err := s.begin(ctx)
	if err != nil {
		return beat.Version{}, err
	}
	defer unlock()
	return s.version(), nil
}

// Since returns the entries changed and deleted after v.
func (s *Store) Since(ctx context.Context, v beat.Version) ([]beat.Entry, []beat.EntryID, beat.Version, error) {
	unlock, err := s.begin(ctx)
	if err != nil {
		return nil, nil, beat.Version{}, err
	}
	defer unlock()
	n := s.seq - v.Seq
	if n < 0 || n > keepChanges || n > int64(len(s.log)) {
		return nil, nil, beat.Version{}, fmt.Errorf("changes since %d: %w", v.Seq, beat.ErrTooOld)
	}
	var changed []beat.Entry
	var deleted []beat.EntryID
	seen := map[int64]bool{}
	for _, c := range s.log[int64(len(s.log))-n:] {
		if seen[c.id] {
			continue
		}
		seen[c.id] = true
		if e, ok := s.entry(c.id); ok {
			changed = append(changed, e)
		} else {
			deleted = append(deleted, entryID(c.id))
		}
	}
	return changed, deleted, s.version(), nil
}

// Hints returns a channel that receives a value after each change, or one for several.
func (s *Store) Hints(ctx context.Context) <-chan struct{} {
	ch := make(chan struct{}, 1)
	s.mu.Lock()
	s.hints[ch] = struct{}{}
	s.mu.Unlock()
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.hints, ch)
		close(ch)
	})
	return ch
}
