// Package listing lists the entries of stores that keep no order by name.
package listing

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gobeat/gobeat/beat"
)

// scanPage is how many entries are read at once.
const scanPage = 1000

// Source is where entries and their cursors are read.
type Source interface {
	Load(ctx context.Context, after beat.PageToken, limit int) ([]beat.Entry, beat.PageToken, error)
	Get(ctx context.Context, ids []beat.EntryID) (map[beat.EntryID]beat.Cursor, error)
}

// List returns entries with their cursors, ordered by name, then id, as beat.Lister says. It reads all entries for that.
func List(
	ctx context.Context, s Source, f beat.Filter, after beat.PageToken, limit int,
) ([]beat.EntryState, beat.PageToken, error) {
	if limit < 1 {
		return nil, "", fmt.Errorf("list: limit is %d, must be positive", limit)
	}
	found, err := matching(ctx, s, f, after)
	if err != nil {
		return nil, "", fmt.Errorf("list: %w", err)
	}
	slices.SortFunc(found, compare)
	var next beat.PageToken
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1]
		next = beat.PageToken(string(last.ID) + ":" + last.Name)
	}
	states, err := withCursors(ctx, s, found)
	if err != nil {
		return nil, "", fmt.Errorf("list: %w", err)
	}
	return states, next, nil
}

// matching returns the entries behind a token that the filter chooses, in any order.
func matching(ctx context.Context, s Source, f beat.Filter, after beat.PageToken) ([]beat.Entry, error) {
	var found []beat.Entry
	for token := beat.PageToken(""); ; {
		page, next, err := s.Load(ctx, token, scanPage)
		if err != nil {
			return nil, err
		}
		for _, e := range page {
			if f.Match(&e) && (after == "" || compare(mark(after), e) < 0) {
				found = append(found, e)
			}
		}
		if token = next; token == "" {
			return found, nil
		}
	}
}

func withCursors(ctx context.Context, s Source, found []beat.Entry) ([]beat.EntryState, error) {
	ids := make([]beat.EntryID, len(found))
	for i := range found {
		ids[i] = found[i].ID
	}
	cursors, err := s.Get(ctx, ids)
	if err != nil {
		return nil, err
	}
	states := make([]beat.EntryState, len(found))
	for i := range found {
		states[i] = beat.EntryState{Entry: found[i], Cursor: cursors[found[i].ID]}
	}
	return states, nil
}

// mark is the place that a token names.
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
