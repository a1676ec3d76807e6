package redisstore

import (
	"context"
	"fmt"
	"strconv"

	"github.com/gobeat/gobeat/beat"
)

// Upsert adds an entry or replaces the one that has its name, in one script.
func (s *Store) Upsert(ctx context.Context, e beat.Entry, mode beat.UpsertMode) (created bool, err error) {
	how := "keep"
	switch mode {
	case beat.UpsertForce:
		how = "force"
	case beat.UpsertRefuseLocked:
		how = "refuse"
	case beat.UpsertKeep:
	}
	args, err := parts(string(e.ID), e)
	if err != nil {
		return false, err
	}
	what := "upsert " + strconv.Quote(e.Name)
	reply, err := s.run(ctx, "upsert", append(args, how)...)
	if err != nil {
		return false, fmt.Errorf("%s: %w", what, err)
	}
	return word(reply) == "created", refused(reply, what)
}

// SetActive switches one schedule on or off.
func (s *Store) SetActive(ctx context.Context, id beat.EntryID, on bool) error {
	return s.order(ctx, "activate or deactivate schedule "+strconv.Quote(string(id)), "activate", string(id), flag(on))
}
