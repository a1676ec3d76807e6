package gormstore

import (
	"context"
	"slices"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/models"
)

// keepChanges is how many changes are kept in the log, and the most that Since answers for.
const keepChanges = 20_000

// Latest returns the version of the entries, by one small query.
func (s *Store) Latest(ctx context.Context) (beat.Version, error) {
	if err := s.usable(ctx); err != nil {
		return beat.Version{}, err
	}
	s.feedMu.Lock()
	defer s.feedMu.Unlock()
	v, err := s.feed.poll(ctx)
	return v, s.wrap("poll for changes", err)
}

// Since returns the entries changed and deleted after v.
func (s *Store) Since(ctx context.Context, v beat.Version) ([]beat.Entry, []beat.EntryID, beat.Version, error) {
	next, log, err := s.logSince(ctx, v)
	if err == nil && slices.ContainsFunc(log, logged.everything) {
		err = beat.ErrTooOld
	}
	if err != nil {
		return nil, nil, beat.Version{}, s.wrap("read changes", err)
	}
	changed, deleted, err := s.reload(ctx, log)
	if err != nil {
		return nil, nil, beat.Version{}, s.wrap("read changed entries", err)
	}
	return changed, deleted, next, nil
}

// logSince polls first and reads the log afterwards: so what is reported goes at least as far as the version returned,
// and the entries, which are read after the log, are at least as new.
func (s *Store) logSince(ctx context.Context, v beat.Version) (beat.Version, []logged, error) {
	if err := s.usable(ctx); err != nil {
		return beat.Version{}, nil, err
	}
	s.feedMu.Lock()
	defer s.feedMu.Unlock()
	next, err := s.feed.poll(ctx)
	if err != nil {
		return beat.Version{}, nil, err
	}
	log, err := s.feed.since(ctx, v)
	if err == nil && len(log) > keepChanges {
		err = beat.ErrTooOld
	}
	return next, log, err
}

// reload reads the entries that the log names. A schedule that is not found in the namespace is reported as deleted,
// whether it is gone or has moved away.
func (s *Store) reload(ctx context.Context, log []logged) (changed []beat.Entry, deleted []beat.EntryID, err error) {
	tasks, schedules := map[int64]bool{}, map[int64]bool{}
	for _, l := range log {
		if l.scheduleID != 0 {
			schedules[l.scheduleID] = true
		} else {
			tasks[l.taskID] = true
		}
	}
	found := map[beat.EntryID]bool{}
	collect := func(r *models.Row) {
		id := models.EntryID(r.Schedule.ID)
		switch {
		case found[id]:
			return
		case r.Task.Namespace == s.cfg.Namespace:
			changed = append(changed, r.Entry())
		default:
			deleted = append(deleted, id)
		}
		found[id] = true
	}
	if err := s.eachOf(ctx, "where task_id in ?", tasks, collect); err != nil {
		return nil, nil, err
	}
	if err := s.eachOf(ctx, "where id in ?", schedules, collect); err != nil {
		return nil, nil, err
	}
	for key := range schedules {
		if id := models.EntryID(key); !found[id] {
			deleted = append(deleted, id)
		}
	}
	return changed, deleted, nil
}

// eachOf reads the rows with certain keys, a chunk at a time.
func (s *Store) eachOf(ctx context.Context, where string, keys map[int64]bool, f func(*models.Row)) error {
	list := make([]int64, 0, len(keys))
	for key := range keys {
		list = append(list, key)
	}
	for part := range slices.Chunk(list, chunk) {
		if err := s.eachRow(ctx, s.fromSchedules(where), []any{part}, f); err != nil {
			return err
		}
	}
	return nil
}

// Hints returns a channel that receives a value after changes, on PostgreSQL; nil elsewhere.
func (s *Store) Hints(ctx context.Context) <-chan struct{} {
	listen := s.d.hints()
	if listen == nil {
		return nil
	}
	return s.listeners.Hints(ctx, listen)
}
