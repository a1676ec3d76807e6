package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gobeat/gobeat/beat"
)

const (
	pageSize = 500    // entries read at a time
	maxNames = 20_000 // names that are looked through for a suggestion
)

// each calls do with every page of entries that the filter chooses, until it returns false.
func (s *session) each(ctx context.Context, f beat.Filter, do func([]beat.EntryState) (bool, error)) error {
	var token beat.PageToken
	for {
		page, next, err := s.store.List(ctx, f, token, pageSize)
		if err != nil {
			return fmt.Errorf("list entries: %w", err)
		}
		more, err := do(page)
		if err != nil || !more || next == "" {
			return err
		}
		token = next
	}
}

// find returns all schedules of a task, at least one.
func (s *session) find(ctx context.Context, name string) ([]beat.EntryState, error) {
	var found []beat.EntryState
	err := s.each(ctx, beat.Filter{Name: name}, func(page []beat.EntryState) (bool, error) {
		found = append(found, page...)
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, s.unknown(ctx, name)
	}
	return found, nil
}

// unknown is the error about a name that no task has. It suggests names that are alike.
func (s *session) unknown(ctx context.Context, name string) error {
	var names []string
	err := s.each(ctx, beat.Filter{}, func(page []beat.EntryState) (bool, error) {
		for i := range page {
			if n := page[i].Entry.Name; len(names) == 0 || names[len(names)-1] != n {
				names = append(names, n)
			}
		}
		return len(names) < maxNames, nil
	})
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("task %q: %w: there are no tasks yet, `beat add` makes one", name, beat.ErrNotFound)
	}
	near := nearest(name, names)
	if len(near) == 0 {
		return fmt.Errorf("task %q: %w: `beat list` shows all", name, beat.ErrNotFound)
	}
	for i := range near {
		near[i] = fmt.Sprintf("%q", near[i])
	}
	return fmt.Errorf("task %q: %w; did you mean %s?", name, beat.ErrNotFound, strings.Join(near, " or "))
}

// pick returns the schedule with the id, or the only one when id is empty.
func pick(name string, found []beat.EntryState, id string) (beat.EntryState, error) {
	if id == "" && len(found) == 1 {
		return found[0], nil
	}
	if id == "" {
		return beat.EntryState{}, usagef("%q has %d schedules; choose one with --schedule: %s", name, len(found), ids(found))
	}
	i := slices.IndexFunc(found, func(f beat.EntryState) bool { return string(f.Entry.ID) == id })
	if i < 0 {
		return beat.EntryState{}, fmt.Errorf("schedule %q of %q: %w; it has %s", id, name, beat.ErrNotFound, ids(found))
	}
	return found[i], nil
}

func ids(found []beat.EntryState) string {
	out := make([]string, len(found))
	for i := range found {
		out[i] = string(found[i].Entry.ID)
	}
	return strings.Join(out, ", ")
}
