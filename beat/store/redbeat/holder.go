package redbeat

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/gobeat/gobeat/beat/store/redisstore"
)

// Holder returns the RedBeat that holds the lock, in words, and for how long yet, 0 when its lock never ends; empty when none
// does. It writes nothing and needs no Prepare.
func (s *Store) Holder(ctx context.Context) (by string, left time.Duration, err error) {
	reply, err := s.Run(ctx, "holder")
	if err != nil {
		return "", 0, err
	}
	words := redisstore.Words(reply)
	if len(words) != 2 || words[0] == "" {
		return "", 0, nil
	}
	us, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil {
		return "", 0, fmt.Errorf("read how long the lock is held: %w", err)
	}
	return words[0], time.Duration(us) * time.Microsecond, nil
}
