package claimlog_test

import (
	"context"
	"errors"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/claimlog"
	"github.com/gobeat/gobeat/beat/store/memstore"
)

// store joins entries in memory with a claim log.
type store struct {
	entriesSide
	*claimlog.Log

	mem *memstore.Store
}

type entriesSide interface {
	beat.Entries
	beat.Changes
	beat.Catalog
}

func newStore(e claimlog.Engine, m *memstore.Store) *store {
	return &store{entriesSide: m, Log: claimlog.New(e, entries{m}), mem: m}
}

// List joins entries with their cursors.
func (s *store) List(
	ctx context.Context, f beat.Filter, after beat.PageToken, limit int,
) ([]beat.EntryState, beat.PageToken, error) {
	list, next, err := s.mem.List(ctx, f, after, limit)
	if err != nil {
		return nil, "", err
	}
	for i := range list {
		cursors, err := s.Get(ctx, []beat.EntryID{list[i].Entry.ID})
		if err != nil {
			return nil, "", err
		}
		list[i].Cursor = cursors[list[i].Entry.ID]
	}
	return list, next, nil
}

func (s *store) Prepare(ctx context.Context, mode beat.PrepareMode) error {
	return s.mem.Prepare(ctx, mode)
}

func (s *store) Features() beat.Features {
	return beat.Features{
		Name: "log", Source: "db:task_schedule", MaxBatch: claimlog.MaxBatch, Clock: true, Hints: true, Owners: true,
		Ledger: true, Extends: true, History: true,
	}
}

func (s *store) Now(ctx context.Context) (time.Time, error) { return s.mem.Now(ctx) }

func (s *store) Close() error {
	s.Log.Close()
	return s.mem.Close()
}

// entries tells of the entries in memory.
type entries struct{ *memstore.Store }

func (e entries) Running(ctx context.Context, ids []beat.EntryID) (map[beat.EntryID]bool, error) {
	running := map[beat.EntryID]bool{}
	for _, id := range ids {
		entry, err := e.Lookup(ctx, id)
		if errors.Is(err, beat.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		running[id] = entry.Running()
	}
	return running, nil
}

func (e entries) SwitchOff(ctx context.Context, id beat.EntryID, end beat.End) error {
	entry, err := e.Lookup(ctx, id)
	if errors.Is(err, beat.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if end == beat.EndTask {
		return e.SetEnabled(ctx, entry.TaskID, false)
	}
	entry.Active = false
	_, err = e.Update(ctx, entry)
	return err
}
