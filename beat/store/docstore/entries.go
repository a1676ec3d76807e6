package docstore

import (
	"context"
	"fmt"
	"slices"

	"github.com/gobeat/gobeat/beat"
)

// Load returns a page of entries in the order in which their tasks were added.
func (s *Store) Load(ctx context.Context, after beat.PageToken, limit int) ([]beat.Entry, beat.PageToken, error) {
	if limit < 1 {
		return nil, "", fmt.Errorf("load: limit is %d, must be positive", limit)
	}
	if err := s.ready(ctx); err != nil {
		return nil, "", err
	}
	// One document holds the entry that the token names, each other one at least one entry.
	from := taskOf(beat.EntryID(after))
	documents, err := s.db.Page(ctx, from, limit+2)
	if err != nil {
		return nil, "", fmt.Errorf("load: %w", err)
	}
	page := make([]beat.Entry, 0, limit+1)
	for _, d := range documents {
		for _, e := range entries(d) {
			if d.ID == from && after != "" && compare(e.ID, beat.EntryID(after)) <= 0 {
				continue
			}
			if len(page) == limit {
				return page, beat.PageToken(page[limit-1].ID), nil
			}
			page = append(page, e)
		}
	}
	return page, "", nil
}

// compare orders the schedules of one task by their numbers; shorter numbers are smaller.
func compare(a, b beat.EntryID) int {
	return slices.Compare([]string{fmt.Sprintf("%20d", len(a)), string(a)}, []string{fmt.Sprintf("%20d", len(b)), string(b)})
}

// Lookup returns one entry, or ErrNotFound.
func (s *Store) Lookup(ctx context.Context, id beat.EntryID) (beat.Entry, error) {
	if err := s.ready(ctx); err != nil {
		return beat.Entry{}, err
	}
	d, err := s.document(ctx, taskOf(id))
	if err != nil {
		return beat.Entry{}, fmt.Errorf("look up schedule %q: %w", id, err)
	}
	for _, e := range entries(d) {
		if e.ID == id {
			return e, nil
		}
	}
	return beat.Entry{}, fmt.Errorf("look up schedule %q: %w", id, beat.ErrNotFound)
}

// document returns the document of a task, or ErrNotFound.
func (s *Store) document(ctx context.Context, taskID string) (Document, error) {
	if taskID == "" {
		return Document{}, beat.ErrNotFound
	}
	found, err := s.db.Get(ctx, []string{taskID})
	if err != nil {
		return Document{}, err
	}
	if len(found) == 0 {
		return Document{}, beat.ErrNotFound
	}
	return found[0], nil
}

// find returns those of the entries that are there.
func (s *Store) find(ctx context.Context, ids []beat.EntryID) (map[beat.EntryID]beat.Entry, error) {
	var tasks []string
	for _, id := range ids {
		if taskID := taskOf(id); taskID != "" {
			tasks = append(tasks, taskID)
		}
	}
	slices.Sort(tasks)
	found := make(map[beat.EntryID]beat.Entry, len(ids))
	for page := range slices.Chunk(slices.Compact(tasks), lookupPage) {
		documents, err := s.db.Get(ctx, page)
		if err != nil {
			return nil, err
		}
		for _, d := range documents {
			for _, e := range entries(d) {
				found[e.ID] = e
			}
		}
	}
	return found, nil
}

// lookupPage is how many documents are asked for at once.
const lookupPage = 1000
