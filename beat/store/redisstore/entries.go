package redisstore

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/listing"
)

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
	if err := refused(reply, what); err != nil {
		return beat.Entry{}, err
	}
	return entry(reply), nil
}

// Named returns the schedules of the task with a name.
func (s *Store) Named(ctx context.Context, name string) ([]beat.Entry, error) {
	reply, err := s.run(ctx, "named", name)
	if err != nil {
		return nil, fmt.Errorf("look up the schedules of %q: %w", name, err)
	}
	return entries(reply), nil
}

// List returns entries with their cursors, ordered by name, then id. It reads all entries for that, unless f has a name.
func (s *Store) List(
	ctx context.Context, f beat.Filter, after beat.PageToken, limit int,
) ([]beat.EntryState, beat.PageToken, error) {
	return listing.List(ctx, s, f, after, limit)
}
