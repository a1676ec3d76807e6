package foreign

import (
	"context"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/models"
)

// Latest returns the version of the entries: it reads the marker and a slice of the table.
func (s *Store) Latest(ctx context.Context) (beat.Version, error) {
	v, err := s.watch.poll(ctx)
	return v, s.Wrap("poll for changes", err)
}

// Since returns the entries changed and deleted after v.
func (s *Store) Since(ctx context.Context, v beat.Version) ([]beat.Entry, []beat.EntryID, beat.Version, error) {
	if _, err := s.watch.poll(ctx); err != nil {
		return nil, nil, beat.Version{}, s.Wrap("read changes", err)
	}
	keys, next, ok := s.watch.since(v)
	if !ok {
		return nil, nil, beat.Version{}, s.Wrap("read changes", beat.ErrTooOld)
	}
	changed, err := s.byKey(ctx, keys)
	if err != nil {
		return nil, nil, beat.Version{}, s.Wrap("read changed entries", err)
	}
	found := map[beat.EntryID]bool{}
	for i := range changed {
		found[changed[i].ID] = true
	}
	var deleted []beat.EntryID
	for _, key := range keys {
		if id := models.EntryID(key); !found[id] {
			deleted = append(deleted, id)
		}
	}
	return changed, deleted, next, nil
}

// Hints returns a channel that receives a value after changes if AddTriggers was called before Prepare; nil otherwise.
// A hint has the next poll read the whole table, as far as time allows.
func (s *Store) Hints(ctx context.Context) <-chan struct{} {
	if !s.notified.Load() {
		return nil
	}
	from := s.Store.Hints(ctx)
	to := make(chan struct{}, 1)
	go func() { // it ends with the listener of the embedded store, for which Close waits
		defer close(to)
		for range from {
			s.watch.hinted.Store(true)
			select {
			case to <- struct{}{}:
			default: // one is waiting already
			}
		}
	}()
	return to
}

// lastUpdate reads the marker, which the ORM moves with most changes; zero when it never did. It may move backwards,
// with the clock of whoever wrote it.
func (s *Store) lastUpdate(ctx context.Context) (time.Time, error) {
	rows, err := s.Query(ctx, "select last_update from "+s.layout.Marker+" where "+s.layout.MarkerKey+" = 1")
	if err != nil {
		return time.Time{}, s.layout.missing(s.layout.Marker, s.Wrap("read the marker", err))
	}
	defer rows.Close()
	var at models.Time
	if rows.Next() {
		if err := rows.Scan(&at); err != nil {
			return time.Time{}, s.Wrap("read the marker", err)
		}
	}
	return at.Time, s.Wrap("read the marker", rows.Err())
}
