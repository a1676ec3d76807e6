package redisstore

import (
	"context"
	"fmt"
	"strconv"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/entryjson"
)

// Add creates a task with a schedule, or a further schedule of the task TaskID.
func (s *Store) Add(ctx context.Context, e beat.Entry) (beat.Entry, error) {
	return s.write(ctx, "add", e.TaskID, e)
}

// Update replaces task and schedule.
func (s *Store) Update(ctx context.Context, e beat.Entry) (beat.Entry, error) {
	return s.write(ctx, "update", string(e.ID), e, micros(e.ModifiedAt))
}

// write runs a script that takes an entry apart, and returns the entry as it is stored then.
func (s *Store) write(ctx context.Context, name, id string, e beat.Entry, more ...any) (beat.Entry, error) {
	args, err := parts(id, e)
	if err != nil {
		return beat.Entry{}, err
	}
	reply, err := s.run(ctx, name, append(args, more...)...)
	what := name + " " + strconv.Quote(e.Name)
	if err != nil {
		return beat.Entry{}, fmt.Errorf("%s: %w", what, err)
	}
	return answered(reply, what)
}

// parts are the arguments of a script that takes an entry apart; id is that of the task or of the schedule.
func parts(id string, e beat.Entry) ([]any, error) {
	if err := e.CheckJSON(); err != nil {
		return nil, err
	}
	text, err := encode(e)
	if err != nil {
		return nil, err
	}
	return []any{id, e.Name, text, text, flag(e.Enabled), flag(e.Active), entryjson.Format}, nil
}

// SetEnabled switches a task on or off.
func (s *Store) SetEnabled(ctx context.Context, taskID string, on bool) error {
	return s.order(ctx, "enable or disable task "+strconv.Quote(taskID), "enable", taskID, flag(on))
}

// Delete removes a schedule, and its task when it was the last one.
func (s *Store) Delete(ctx context.Context, id beat.EntryID) error {
	return s.order(ctx, "delete schedule "+strconv.Quote(string(id)), "delete", string(id))
}

// Purge removes all entries of the namespace with what is known about them. Leases and unsettled batches stay.
func (s *Store) Purge(ctx context.Context) error {
	return s.order(ctx, "purge", "purge")
}

// order runs a script that answers with a word.
func (s *Store) order(ctx context.Context, what, name string, args ...any) error {
	reply, err := s.run(ctx, name, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return refused(reply, what)
}

// refused says what a word in place of an answer means; nil when it is another word or none.
func refused(reply any, what string) error {
	if obstacle := Words(reply); len(obstacle) == 2 && obstacle[0] == "newer" {
		written, err := strconv.Atoi(obstacle[1])
		if err != nil {
			return fmt.Errorf("%s: the format of the record: %w", what, err)
		}
		return fmt.Errorf("%s: the record that is there: %w", what, entryjson.Record{Format: written}.Check())
	}
	switch word(reply) {
	case "unknown":
		return fmt.Errorf("%s: %w", what, beat.ErrNotFound)
	case "exists":
		return fmt.Errorf("%s: the name: %w", what, beat.ErrExists)
	case "conflict":
		return fmt.Errorf("%s: %w", what, beat.ErrConflict)
	case "locked":
		return fmt.Errorf("%s: %w", what, beat.ErrLocked)
	case "fenced":
		return fmt.Errorf("%s: %w", what, beat.ErrFenced)
	}
	return nil
}

// flag is how a switch is stored.
func flag(on bool) string {
	if on {
		return "1"
	}
	return "0"
}
