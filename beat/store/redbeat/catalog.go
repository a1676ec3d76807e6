package redbeat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/gobeat/gobeat/beat"
)

// Add creates an entry. TaskID must be empty, as an entry of RedBeat has one schedule. The next run counts from its RanAt, or
// from now.
func (s *Store) Add(ctx context.Context, e beat.Entry) (beat.Entry, error) {
	attempt := "add " + strconv.Quote(e.Name)
	if e.TaskID != "" {
		return beat.Entry{}, fmt.Errorf("%s: an entry of RedBeat has one schedule, none can be added to %s", attempt, e.TaskID)
	}
	return s.write(ctx, attempt, "add", e)
}

// Update replaces an entry. Its name is its key, so it stays. RedBeat keeps no time of the change, so ModifiedAt is not
// compared.
func (s *Store) Update(ctx context.Context, e beat.Entry) (beat.Entry, error) {
	attempt := "update " + strconv.Quote(string(e.ID))
	if _, err := s.Lookup(ctx, e.ID); err != nil {
		return beat.Entry{}, fmt.Errorf("%s: %w", attempt, err)
	}
	if e.Name != string(e.ID) {
		return beat.Entry{}, fmt.Errorf("%s: name: %w", attempt, &beat.EntryError{
			ID: e.ID, Name: e.Name, Field: "name", Value: e.Name, Problem: "is the key of an entry of RedBeat and cannot be changed",
		})
	}
	return s.write(ctx, attempt, "update", e)
}

func (s *Store) write(ctx context.Context, attempt, mode string, e beat.Entry) (beat.Entry, error) {
	text, err := s.definitionOf(&e)
	if err != nil {
		return beat.Entry{}, fmt.Errorf("%s: %w", attempt, err)
	}
	now, err := s.Now(ctx)
	if err != nil {
		return beat.Entry{}, fmt.Errorf("%s: %w", attempt, err)
	}
	ran := e.RanAt
	if ran.IsZero() {
		ran = now
	}
	meta := `{"last_run_at": ` + written(ran) + `}`
	reply, err := s.Run(ctx, "write", mode, e.Name, text, meta, score(now), e.Owner == Owner)
	if err != nil {
		return beat.Entry{}, fmt.Errorf("%s: %w", attempt, err)
	}
	switch reply {
	case "exists":
		return beat.Entry{}, fmt.Errorf("%s: the name: %w", attempt, beat.ErrExists)
	case "unknown":
		return beat.Entry{}, fmt.Errorf("%s: %w", attempt, beat.ErrNotFound)
	}
	return s.Lookup(ctx, beat.EntryID(e.Name))
}

// definitionOf makes the definition of an entry that is to be written, or returns *beat.EntryError.
func (s *Store) definitionOf(e *beat.Entry) (string, error) {
	if err := e.CheckJSON(); err != nil {
		return "", err
	}
	text, p := encode(e)
	if key := s.cfg.Prefix + e.Name; p == nil && slices.Contains([]string{s.cfg.Prefix + ":schedule", s.cfg.Prefix + ":statics", s.cfg.LockKey}, key) {
		p = &problem{"name", e.Name, "makes a key that RedBeat uses for something else"}
	}
	if p != nil {
		return "", p.of(e)
	}
	return text, nil
}

// Refuses says what of a task an entry of RedBeat has no place for: further schedules, kinds and settings that it does not
// know, names that are keys of its own.
func (s *Store) Refuses(_ context.Context, task []beat.Entry) ([]*beat.EntryError, error) {
	var refused []*beat.EntryError
	if n := len(task); n > 1 {
		refused = append(refused, &beat.EntryError{
			Name: task[0].Name, Field: "schedules", Value: strconv.Itoa(n), Problem: "are too many: an entry of RedBeat has one",
		})
	}
	for i := range task {
		_, err := s.definitionOf(&task[i])
		if bad, ok := errors.AsType[*beat.EntryError](err); ok {
			refused = append(refused, bad)
		}
	}
	return refused, nil
}

// SetEnabled switches an entry on or off; all else of it stays as others write it at the same time.
func (s *Store) SetEnabled(ctx context.Context, taskID string, on bool) error {
	attempt := "enable or disable " + strconv.Quote(taskID)
	for {
		rows, err := s.rows(ctx, []string{taskID})
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", attempt, err)
		case len(rows) == 0:
			return fmt.Errorf("%s: %w", attempt, beat.ErrNotFound)
		}
		e := rows[0].entry()
		if e.Bad != nil {
			return fmt.Errorf("%s: %w", attempt, e.Bad)
		}
		e.Enabled = on
		text, p := encode(&e)
		if p != nil {
			return fmt.Errorf("%s: %w", attempt, p.of(&e))
		}
		reply, err := s.Run(ctx, "swap", taskID, rows[0].definition, text)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", attempt, err)
		case reply == "unknown":
			return fmt.Errorf("%s: %w", attempt, beat.ErrNotFound)
		case reply == "ok":
			return nil
		}
	}
}

// Delete removes an entry.
func (s *Store) Delete(ctx context.Context, id beat.EntryID) error {
	attempt := "delete " + strconv.Quote(string(id))
	reply, err := s.Run(ctx, "remove", string(id))
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", attempt, err)
	case reply == int64(0):
		return fmt.Errorf("%s: %w", attempt, beat.ErrNotFound)
	}
	return nil
}

// Purge removes all entries.
func (s *Store) Purge(ctx context.Context) error {
	names, err := s.names(ctx)
	if err != nil {
		return fmt.Errorf("purge: %w", err)
	}
	for part := range slices.Chunk(names, chunk) {
		if _, err := s.Run(ctx, "remove", anys(part)...); err != nil {
			return fmt.Errorf("purge: %w", err)
		}
	}
	return s.forget(ctx, names)
}
