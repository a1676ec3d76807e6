package docstore

import (
	"context"
	"fmt"
	"math"

	"github.com/gobeat/gobeat/beat"
)

// Stored says whether there are entries, and otherwise by the journal whether there ever were.
func (s *Store) Stored(ctx context.Context) (beat.Stored, error) {
	if err := s.ready(ctx); err != nil {
		return 0, err
	}
	documents, err := s.db.Page(ctx, "", 1)
	if err != nil {
		return 0, fmt.Errorf("look whether there are entries: %w", err)
	}
	if len(documents) > 0 {
		return beat.StoredSome, nil
	}
	stored, err := s.formerly(ctx)
	if err != nil {
		return 0, fmt.Errorf("look whether there ever were entries: %w", err)
	}
	return stored, nil
}

// formerly looks for the newest note that proves that there were entries, or that they were purged. Notes of an entry that
// nobody managed to add prove nothing.
func (s *Store) formerly(ctx context.Context) (beat.Stored, error) {
	for before := int64(math.MaxInt64); ; {
		records, err := s.db.Before(ctx, journal, before, notesPage)
		if err != nil {
			return 0, err
		}
		page, err := notes(records)
		if err != nil {
			return 0, err
		}
		for _, n := range page {
			switch {
			case n.Purged:
				return beat.StoredNever, nil
			case !n.Begins && !n.Failed:
				return beat.StoredEmpty, nil
			}
			before = n.seq
		}
		if len(page) == 0 {
			return beat.StoredNever, nil
		}
	}
}
