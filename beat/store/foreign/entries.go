package foreign

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/gormstore"
	"github.com/gobeat/gobeat/models"
)

// chunk is how many keys one query may ask for.
const chunk = 500

// Load returns a page of entries in the order of their ids.
func (s *Store) Load(ctx context.Context, after beat.PageToken, limit int) ([]beat.Entry, beat.PageToken, error) {
	from, err := gormstore.LoadToken(after, limit)
	if err != nil {
		return nil, "", fmt.Errorf("load: %w", err)
	}
	var page []beat.Entry
	err = s.eachPaged(ctx, "where p.id > ? order by p.id limit ?", []any{from, limit + 1}, func(r *row) {
		page = append(page, s.watch.dated(r))
	})
	if err != nil {
		return nil, "", s.Wrap("load", err)
	}
	if len(page) <= limit {
		return page, "", nil
	}
	return page[:limit], beat.PageToken(page[limit-1].ID), nil
}

// Range calls each with the entries between two tokens.
func (s *Store) Range(ctx context.Context, after, until beat.PageToken, each func(*beat.Entry)) error {
	from, err := gormstore.LoadToken(after, 1)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	where, args := "where p.id > ?", []any{from}
	if until != "" {
		to, err := gormstore.LoadToken(until, 1)
		if err != nil {
			return fmt.Errorf("load: %w", err)
		}
		where, args = where+" and p.id <= ?", append(args, to) // the greatest number may be too great for the column
	}
	var e beat.Entry
	err = s.eachPaged(ctx, where, args, func(r *row) {
		e = s.watch.dated(r)
		each(&e)
	})
	return s.Wrap("load", err)
}

// Lookup returns one entry, or ErrNotFound.
func (s *Store) Lookup(ctx context.Context, id beat.EntryID) (beat.Entry, error) {
	attempt := "look up task " + strconv.Quote(string(id))
	key, ok := models.ScheduleID(id)
	if !ok {
		return beat.Entry{}, s.Wrap(attempt, beat.ErrNotFound)
	}
	entries, err := s.entries(ctx, "where p.id = ?", key)
	if err == nil && len(entries) == 0 {
		err = beat.ErrNotFound
	}
	if err != nil {
		return beat.Entry{}, s.Wrap(attempt, err)
	}
	return entries[0], nil
}

// List returns entries with their cursors, ordered by name, then id. Runs by others are counted, too.
func (s *Store) List(
	ctx context.Context, f beat.Filter, after beat.PageToken, limit int,
) ([]beat.EntryState, beat.PageToken, error) {
	if limit < 1 {
		return nil, "", fmt.Errorf("list: limit is %d, must be positive", limit)
	}
	where, args := "where 1 = 1", []any{}
	if f.Name != "" {
		where, args = where+" and p.name = ?", append(args, f.Name)
	}
	if f.Task != "" {
		where, args = where+" and p.task = ?", append(args, f.Task)
	}
	if f.Owner != "" {
		where, args = where+" and o.owner = ?", append(args, f.Owner)
	}
	if f.Enabled != nil {
		where, args = where+" and p.enabled = ?", append(args, *f.Enabled)
	}
	if after != "" { // names are unique
		where, args = where+" and p.name > ?", append(args, strings.TrimPrefix(string(after), "after:"))
	}
	var entries []beat.Entry
	var counts []int64
	err := s.each(ctx, where+" order by p.name limit ?", append(args, limit+1), func(r *row) {
		entries, counts = append(entries, s.watch.dated(r)), append(counts, r.count.Int64)
	})
	if err != nil {
		return nil, "", s.Wrap("list", err)
	}
	var next beat.PageToken
	if len(entries) > limit {
		entries = entries[:limit]
		next = beat.PageToken("after:" + entries[limit-1].Name)
	}
	if f.Owner != "" { // a mark may be there and not count any more
		entries = slices.DeleteFunc(entries, func(e beat.Entry) bool { return e.Owner != f.Owner })
	}
	ids := make([]beat.EntryID, len(entries))
	for i := range entries {
		ids[i] = entries[i].ID
	}
	cursors, err := s.Get(ctx, ids)
	if err != nil {
		return nil, "", err
	}
	states := make([]beat.EntryState, len(entries))
	for i := range entries {
		states[i] = beat.EntryState{Entry: entries[i], Cursor: cursors[entries[i].ID]}
		states[i].Cursor.Fires = max(states[i].Cursor.Fires, counts[i])
	}
	return states, next, nil
}

// entries reads entries; where may hold ? for arguments.
func (s *Store) entries(ctx context.Context, where string, args ...any) ([]beat.Entry, error) {
	var entries []beat.Entry
	err := s.each(ctx, where, args, func(r *row) { entries = append(entries, s.watch.dated(r)) })
	return entries, err
}

// byKey reads the entries with certain keys, a chunk at a time.
func (s *Store) byKey(ctx context.Context, keys []int64) ([]beat.Entry, error) {
	var entries []beat.Entry
	for part := range slices.Chunk(keys, chunk) {
		found, err := s.entries(ctx, "where p.id in ?", part)
		if err != nil {
			return nil, err
		}
		entries = append(entries, found...)
	}
	return entries, nil
}

// each calls f with each row; it is used again for the next one.
func (s *Store) each(ctx context.Context, where string, args []any, f func(*row)) error {
	shape, err := s.shape(ctx)
	if err != nil {
		return err
	}
	return s.scanRows(ctx, shape.query+where, args, f)
}

// eachPaged is each for conditions on the keys of tasks alone.
func (s *Store) eachPaged(ctx context.Context, where string, args []any, f func(*row)) error {
	shape, err := s.shape(ctx)
	if err != nil {
		return err
	}
	return s.scanRows(ctx, shape.page[0]+where+shape.page[1], args, f)
}

func (s *Store) scanRows(ctx context.Context, query string, args []any, f func(*row)) error {
	r := row{layout: &s.layout}
	return s.reshape(s.Scan(ctx, query, args, r.targets(), func() {
		s.settle(&r)
		f(&r)
	}))
}

// settle gives a row the meaning that the settings of its project give it.
func (s *Store) settle(r *row) {
	for _, t := range []*models.Time{&r.expires, &r.start, &r.at, &r.changed} {
		t.Time = s.clock.read(t.Time)
	}
	if s.oneZone {
		r.zone = ""
	}
}
