package memstore

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// Muster notes that a beat is there and returns all that are.
func (s *Store) Muster(ctx context.Context, m beat.Member, ttl time.Duration) ([]beat.Member, error) {
	unlock, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	at := now()
	m.Ceded, m.Until = stamp(m.Ceded), stamp(at.Add(ttl))
	s.members[m.Holder] = m
	var there []beat.Member
	for holder, known := range s.members {
		if !known.Until.After(at) {
			delete(s.members, holder)
			continue
		}
		there = append(there, known)
	}
	slices.SortFunc(there, func(a, b beat.Member) int { return bytes.Compare(a.Holder[:], b.Holder[:]) })
	return there, nil
}

// Leave notes that a beat is gone.
func (s *Store) Leave(ctx context.Context, holder uuid.UUID) error {
	unlock, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	delete(s.members, holder)
	return nil
}
