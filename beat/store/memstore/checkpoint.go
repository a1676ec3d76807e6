package memstore

import (
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// Checkpoint notes what is known of runs and what is switched on, and returns what takes both back to that: a fault for
// tests, of a database that loses its newest commits. Entries made or deleted since stay so.
func (s *Store) Checkpoint() (rewind func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.runs()
	tasks, schedules := copies(s.tasks), copies(s.schedules)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		old.into(s.data)
		for id, r := range s.schedules {
			if known := schedules[id]; known != nil {
				r.Active, s.tasks[r.TaskID].Enabled = known.Active, tasks[known.TaskID].Enabled
				s.changed(id)
			}
		}
	}
}

// runs is a copy of all that is known of runs.
func (d *data) runs() *data {
	old := &data{
		cursors: map[beat.EntryID]*cursor{}, leases: map[int]*beat.LeaseState{}, batches: map[uuid.UUID]*batch{},
		ledger: map[beat.EntryID][]beat.Record{}, missed: map[beat.EntryID][]beat.Omission{},
	}
	d.into(old)
	return old
}

// into replaces what is known of runs in to by a copy of that in d.
func (d *data) into(to *data) {
	to.cursors, to.leases, to.batches = copies(d.cursors), copies(d.leases), map[uuid.UUID]*batch{}
	for id, b := range d.batches {
		known := *b
		known.OpenBatch = b.copy()
		to.batches[id] = &known
	}
	to.ledger, to.missed = maps.Clone(d.ledger), maps.Clone(d.missed)
	for id := range to.ledger {
		to.ledger[id] = slices.Clone(to.ledger[id])
	}
	for id := range to.missed {
		to.missed[id] = slices.Clone(to.missed[id])
	}
}

func copies[K comparable, V any](m map[K]*V) map[K]*V {
	out := make(map[K]*V, len(m))
	for k, v := range m {
		known := *v
		out[k] = &known
	}
	return out
}
