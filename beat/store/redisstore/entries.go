package redisstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gobeat/gobeat/beat"
)

// scanPage is how many rows List reads at once.
const scanPage = 1000

// Load returns a page of entries in the order of their ids.
func (s *Store) Load(ctx context.Context, after beat.PageToken, limit int) ([]beat.Entry, beat.PageToken, error) {
	if limit < 1 {
		return nil, "", fmt.Errorf("load: limit is %d, must be positive", limit)
	}
	from, err := strconv.ParseInt(cmp.Or(string(after), "0"), 10, 64)
	if err != nil {
		return nil, "", fmt.Errorf("load: page token %q is not one of this store", after)
	}
	reply, err := s.run(ctx, "load", from, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("load: %w", err)
	}
	page := entries(reply)
	if len(page) <= limit {
		return page, "", nil
	}
	page = page[:limit]
	return page, beat.PageToken(page[limit-1].ID), nil
}

// Lookup returns one entry, or ErrNotFound.
func (s *Store) Lookup(ctx context.Context, id beat.EntryID) (beat.Entry, error) {
	reply, err := s.run(ctx, "lookup", string(id))
	if err != nil {
		return beat.Entry{}, fmt.Errorf("look up: %w", err)
	}
	return answered(reply, "look up schedule "+strconv.Quote(string(id)))
}

// answered reads a row, or the word that stands for it.
func answered(reply any, what string) (beat.Entry, error) {
	switch word(reply) {
	case "unknown":
		return beat.Entry{}, fmt.Errorf("%s: %w", what, beat.ErrNotFound)
	case "exists":
		return beat.Entry{}, fmt.Errorf("%s: the name: %w", what, beat.ErrExists)
	case "conflict":
		return beat.Entry{}, fmt.Errorf("%s: %w", what, beat.ErrConflict)
	}
	return entry(reply), nil
}

// List returns entries with their cursors, ordered by name, then id. It reads all entries for that.
func (s *Store) List(
	ctx context.Context, f beat.Filter, after beat.PageToken, limit int,
) ([]beat.EntryState, beat.PageToken, error) {
	if limit < 1 {
		return nil, "", fmt.Errorf("list: limit is %d, must be positive", limit)
	}
	var found []beat.Entry
	var token beat.PageToken
	for {
		page, next, err := s.Load(ctx, token, scanPage)
		if err != nil {
			return nil, "", fmt.Errorf("list: %w", err)
		}
		for _, e := range page {
			if f.Match(&e) && (after == "" || compare(mark(after), e) < 0) {
				found = append(found, e)
			}
		}
		if token = next; token == "" {
			break
		}
	}
	slices.SortFunc(found, compare)
	var next beat.PageToken
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1]
		next = beat.PageToken(string(last.ID) + ":" + last.Name)
	}
	return s.states(ctx, found, next)
}

// states adds the cursors.
func (s *Store) states(ctx context.Context, found []beat.Entry, next beat.PageToken) ([]beat.EntryState, beat.PageToken, error) {
	ids := make([]beat.EntryID, len(found))
	for i := range found {
		ids[i] = found[i].ID
	}
	cursors, err := s.Get(ctx, ids)
	if err != nil {
		return nil, "", fmt.Errorf("list: %w", err)
	}
	states := make([]beat.EntryState, len(found))
	for i := range found {
		states[i] = beat.EntryState{Entry: found[i], Cursor: cursors[found[i].ID]}
	}
	return states, next, nil
}

// mark is the place that a token of List names.
func mark(token beat.PageToken) beat.Entry {
	id, name, _ := strings.Cut(string(token), ":")
	return beat.Entry{ID: beat.EntryID(id), Name: name}
}

// compare orders by name, then by the number that an id is; shorter numbers are smaller.
func compare(a, b beat.Entry) int {
	return cmp.Or(
		strings.Compare(a.Name, b.Name), cmp.Compare(len(a.ID), len(b.ID)), strings.Compare(string(a.ID), string(b.ID)),
	)
}
