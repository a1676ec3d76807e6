package memstore

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// member is a beat that is there until it expires.
type member struct {
	beat.Member
	expires time.Time
}

// Muster notes that a beat is there and returns all that are.
func (s *Store) Muster(ctx context.Context, m beat.Member, ttl time.Duration) ([]beat.Member, error) {
	unlock, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	at := now()
	m.Ceded = stamp(m.Ceded)
	s.members[m.Holder] = &member{Member: m, expires: at.Add(ttl)}
	var there []beat.Member
	for holder, known := range s.members {
		if !known.expires.After(at) {
			delete(s.members, holder)
			continue
		}
		there = append(there, known.Member)
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
