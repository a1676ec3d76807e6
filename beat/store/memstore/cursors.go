package memstore

import (
	"context"
	"slices"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// keepRecords is how many runs of an entry are kept.
const keepRecords = 1000

// Get returns the cursors of the given entries.
func (s *Store) Get(ctx context.Context, ids []beat.EntryID) (map[beat.EntryID]beat.Cursor, error) {
	unlock, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	found := make(map[beat.EntryID]beat.Cursor, len(ids))
	for _, id := range ids {
		if c, ok := s.cursors[id]; ok {
			found[id] = c.Cursor
		}
	}
	return found, nil
}

// History returns runs of an entry earlier than before, the latest first.
func (s *Store) History(
	ctx context.Context, id beat.EntryID, before time.Time, limit int,
) ([]beat.Record, error) {
	unlock, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var found []beat.Record
	for _, r := range slices.Backward(s.ledger[id]) {
		if len(found) == limit {
			break
		}
		if r.Instant.Before(before) {
			found = append(found, r)
		}
	}
	return found, nil
}

// record puts a run into the history, unless its instant is there already.
func (d *data) record(r beat.Record) {
	runs := d.ledger[r.ID]
	i, known := slices.BinarySearchFunc(runs, r.Instant, func(a beat.Record, at time.Time) int {
		return a.Instant.Compare(at)
	})
	if known {
		return
	}
	runs = slices.Insert(runs, i, r)
	if len(runs) > keepRecords {
		runs = slices.Delete(runs, 0, len(runs)-keepRecords)
	}
	d.ledger[r.ID] = runs
}

// Omissions returns the runs of an entry that were given up before an instant, the latest first.
func (s *Store) Omissions(
	ctx context.Context, id beat.EntryID, before time.Time, limit int,
) ([]beat.Omission, error) {
	unlock, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var found []beat.Omission
	for _, o := range slices.Backward(s.missed[id]) {
		if len(found) == limit {
			break
		}
		if o.To.Before(before) {
			found = append(found, o)
		}
	}
	return found, nil
}

// omit notes runs that were given up.
func (d *data) omit(o beat.Omission) {
	all := append(d.missed[o.ID], o)
	if len(all) > keepRecords {
		all = slices.Delete(all, 0, len(all)-keepRecords)
	}
	d.missed[o.ID] = all
}
