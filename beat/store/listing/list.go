// Package listing lists the entries of stores that keep no order by name.
package listing

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
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

// Namer is a Source that finds the entries of a task without reading all.
type Namer interface {
	// Named returns the entries of the task with a name, in any order; none when there is no such task.
	Named(ctx context.Context, name string) ([]beat.Entry, error)
}

// List returns entries with their cursors, ordered by name, then id, as beat.Lister says. It reads all entries for that,
// unless the filter has a name and the source is a Namer.
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
		next = tokenOf(last)
	}
	states, err := withCursors(ctx, s, found)
	if err != nil {
		return nil, "", fmt.Errorf("list: %w", err)
	}
	return states, next, nil
}

// matching returns the entries behind a token that the filter chooses, in any order.
func matching(ctx context.Context, s Source, f beat.Filter, after beat.PageToken) ([]beat.Entry, error) {
	from, err := mark(after)
	if err != nil {
		return nil, err
	}
	var found []beat.Entry
	choose := func(page []beat.Entry) {
		for _, e := range page {
			if f.Match(&e) && (after == "" || compare(from, e) < 0) {
				found = append(found, e)
			}
		}
	}
	if namer, ok := s.(Namer); ok && f.Name != "" {
		page, err := namer.Named(ctx, f.Name)
		choose(page)
		return found, err
	}
	for token := beat.PageToken(""); ; {
		page, next, err := s.Load(ctx, token, scanPage)
		if err != nil {
			return nil, err
		}
		choose(page)
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

// tokenOf names the place of an entry: how long its id is, its id, its name. Either may hold any character.
func tokenOf(e beat.Entry) beat.PageToken {
	return beat.PageToken(strconv.Itoa(len(e.ID)) + ":" + string(e.ID) + e.Name)
}

// mark is the place that a token names.
func mark(token beat.PageToken) (beat.Entry, error) {
	if token == "" {
		return beat.Entry{}, nil
	}
	size, rest, _ := strings.Cut(string(token), ":")
	n, err := strconv.Atoi(size)
	if err != nil || n < 0 || n > len(rest) {
		return beat.Entry{}, fmt.Errorf("page token %q is not one of this store", token)
	}
	return beat.Entry{ID: beat.EntryID(rest[:n]), Name: rest[n:]}, nil
}

// compare orders by name, then by the number that an id is; shorter numbers are smaller.
func compare(a, b beat.Entry) int {
	return cmp.Or(
		strings.Compare(a.Name, b.Name), cmp.Compare(len(a.ID), len(b.ID)), strings.Compare(string(a.ID), string(b.ID)),
	)
}
