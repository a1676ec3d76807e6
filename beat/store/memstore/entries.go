package memstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gobeat/gobeat/beat"
)

// Load returns a page of entries in the order of their ids.
func (s *Store) Load(ctx context.Context, after beat.PageToken, limit int) ([]beat.Entry, beat.PageToken, error) {
	if limit < 1 {
		return nil, "", fmt.Errorf("load: limit is %d, must be positive", limit)
	}
	from := int64(0)
	if after != "" {
		n, err := strconv.ParseInt(string(after), 10, 64)
		if err != nil {
			return nil, "", fmt.Errorf("load: page token %q is not one of this store", after)
		}
		from = n
	}
	unlock, err := s.begin(ctx)
	if err != nil {
		return nil, "", err
	}
	defer unlock()
	i, _ := slices.BinarySearch(s.order, from+1)
	ids := s.order[i:]
	more := len(ids) > limit
	if more {
		ids = ids[:limit]
	}
	page := make([]beat.Entry, 0, len(ids))
	for _, id := range ids {
		e, _ := s.entry(id)
		page = append(page, e)
	}
	if !more {
		return page, "", nil
	}
	return page, beat.PageToken(page[len(page)-1].ID), nil
}

// Lookup returns one entry, or ErrNotFound.
func (s *Store) Lookup(ctx context.Context, id beat.EntryID) (beat.Entry, error) {
	unlock, err := s.begin(ctx)
	if err != nil {
		return beat.Entry{}, err
	}
	defer unlock()
	n, _, err := s.find(id)
	if err != nil {
		return beat.Entry{}, fmt.Errorf("look up: %w", err)
	}
	e, _ := s.entry(n)
	return e, nil
}

// List returns entries with their cursors, ordered by name, then id.
func (s *Store) List(
	ctx context.Context, f beat.Filter, after beat.PageToken, limit int,
) ([]beat.EntryState, beat.PageToken, error) {
	if limit < 1 {
		return nil, "", fmt.Errorf("list: limit is %d, must be positive", limit)
	}
	unlock, err := s.begin(ctx)
	if err != nil {
		return nil, "", err
	}
	defer unlock()
	ids := s.order
	if f.Name != "" {
		ids = s.of(s.names[f.Name])
	}
	var page []beat.EntryState
	for _, id := range ids {
		e, _ := s.entry(id)
		if !f.Match(&e) || after != "" && !tokenBefore(after, e) {
			continue
		}
		st := beat.EntryState{Entry: e}
		if c, ok := s.cursors[e.ID]; ok {
			st.Cursor = c.Cursor
		}
		page = append(page, st)
	}
	slices.SortFunc(page, func(a, b beat.EntryState) int {
		return cmp.Or(strings.Compare(a.Entry.Name, b.Entry.Name), cmp.Compare(number(a.Entry.ID), number(b.Entry.ID)))
	})
	if len(page) <= limit {
		return page, "", nil
	}
	page = page[:limit]
	last := page[limit-1].Entry
	return page, beat.PageToken(string(last.ID) + ":" + last.Name), nil
}

// tokenBefore tells whether e comes after the place that the token marks.
func tokenBefore(after beat.PageToken, e beat.Entry) bool {
	id, name, _ := strings.Cut(string(after), ":")
	if e.Name != name {
		return e.Name > name
	}
	return number(e.ID) > number(beat.EntryID(id))
}

// number is the key behind an id; 0 for one that this store never made.
func number(id beat.EntryID) int64 {
	n, err := strconv.ParseInt(string(id), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
