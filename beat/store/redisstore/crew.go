package redisstore

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/entryjson"
)

// Muster notes that a beat is there and returns all that are.
func (s *Store) Muster(ctx context.Context, m beat.Member, ttl time.Duration) ([]beat.Member, error) {
	m.Ceded = entryjson.Stamp(m.Ceded)
	told, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("muster: %w", err)
	}
	reply, err := s.run(ctx, "muster", m.Holder.String(), string(told), ttl.Microseconds())
	if err != nil {
		return nil, fmt.Errorf("muster: %w", err)
	}
	var there []beat.Member
	for _, row := range List(reply) {
		known, err := member(Words(row))
		if err != nil {
			return nil, fmt.Errorf("muster: %w", err)
		}
		there = append(there, known)
	}
	slices.SortFunc(there, func(a, b beat.Member) int { return bytes.Compare(a.Holder[:], b.Holder[:]) })
	return there, nil
}

// member reads one row of the answer of muster.lua.
func member(row []string) (m beat.Member, err error) {
	if len(row) != 3 {
		return m, fmt.Errorf("a member has %d parts, want 3", len(row))
	}
	if err := json.Unmarshal([]byte(row[2]), &m); err != nil {
		return m, fmt.Errorf("member %s: %w", row[0], err)
	}
	m.Until, err = instant(row[1])
	return m, err
}

// Leave notes that a beat is gone.
func (s *Store) Leave(ctx context.Context, holder uuid.UUID) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if err := s.client.HDel(ctx, s.base+"members", holder.String()).Err(); err != nil {
		return s.failed(ctx, "leave", err)
	}
	return nil
}
