package docstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// attempts is how often an edit begins anew when others edit the same task.
const attempts = 20

// errStale means that the caller has read an earlier state of the entry.
var errStale = fmt.Errorf("the entry was read earlier: %w", beat.ErrConflict)

// edit changes the document of a task as do says, which is told the time and returns the entries that are concerned. It
// begins anew when somebody else changed the document meanwhile. A task without schedules is removed.
func (s *Store) edit(ctx context.Context, taskID string, do func(*task, time.Time) ([]beat.EntryID, error)) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	at, err := s.clock(ctx)
	if err != nil {
		return err
	}
	for range attempts {
		var again bool
		if again, err = s.attempt(ctx, at, taskID, do); !again {
			return err
		}
	}
	return err
}

// attempt tells whether somebody was faster. What do refuses is final.
func (s *Store) attempt(
	ctx context.Context, at time.Time, taskID string, do func(*task, time.Time) ([]beat.EntryID, error),
) (again bool, err error) {
	old, err := s.document(ctx, taskID)
	if err != nil {
		return false, err
	}
	t, err := read(old)
	if err != nil {
		return false, err
	}
	ids, err := do(&t, at)
	if err != nil {
		return false, err
	}
	d, err := write(old, t)
	if err != nil {
		return false, err
	}
	err = s.noted(ctx, at, ids, func(ctx context.Context) error {
		if len(t.Schedules) == 0 {
			return s.db.Delete(ctx, old)
		}
		return s.db.Replace(ctx, old, d)
	})
	return errors.Is(err, beat.ErrConflict), err
}
