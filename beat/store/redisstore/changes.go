package redisstore

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/listeners"
)

const (
	// mostChanges is how many changes are answered at once; who asks for more is to load everything.
	mostChanges = 20_000
	// pause is how long the listener waits before it connects again.
	pause = time.Second
)

// Latest returns the version of the entries.
func (s *Store) Latest(ctx context.Context) (beat.Version, error) {
	reply, err := s.run(ctx, "latest")
	if err != nil {
		return beat.Version{}, fmt.Errorf("latest change: %w", err)
	}
	return version(Words(reply))
}

func version(reply []string) (beat.Version, error) {
	if len(reply) < 2 {
		return beat.Version{}, fmt.Errorf("the version has %d parts, want 2", len(reply))
	}
	seq, err := strconv.ParseInt(reply[0], 10, 64)
	if err != nil {
		return beat.Version{}, fmt.Errorf("number of the newest change: %w", err)
	}
	at, err := instant(reply[1])
	return beat.Version{Seq: seq, At: at}, err
}

// Since returns the entries changed and deleted after v.
func (s *Store) Since(ctx context.Context, v beat.Version) ([]beat.Entry, []beat.EntryID, beat.Version, error) {
	reply, err := s.run(ctx, "since", v.Seq, mostChanges)
	if err != nil {
		return nil, nil, beat.Version{}, fmt.Errorf("changes since %d: %w", v.Seq, err)
	}
	parts := List(reply)
	if word(reply) == "old" || len(parts) != 4 {
		return nil, nil, beat.Version{}, fmt.Errorf("changes since %d: %w", v.Seq, beat.ErrTooOld)
	}
	next, err := version(Words(parts[:2]))
	if err != nil {
		return nil, nil, beat.Version{}, fmt.Errorf("changes since %d: %w", v.Seq, err)
	}
	var deleted []beat.EntryID
	for _, id := range Words(parts[3]) {
		deleted = append(deleted, beat.EntryID(id))
	}
	return entries(parts[2]), deleted, next, nil
}

// Hints listens on a connection of its own. Each connection begins with a hint, since something may have been missed
// before.
func (s *Store) Hints(ctx context.Context) <-chan struct{} {
	return s.listeners.Hints(ctx, listeners.Again(pause, func(ctx context.Context, hint func()) {
		err := s.listen(ctx, hint)
		s.cfg.Logger.DebugContext(ctx, "listening for changes was interrupted", "error", err)
	}))
}

func (s *Store) listen(ctx context.Context, hint func()) error {
	sub := s.client.Subscribe(ctx, s.base+"hints")
	defer sub.Close()
	stop := context.AfterFunc(ctx, func() { _ = sub.Close() }) // a read does not end with ctx
	defer stop()
	for {
		if _, err := sub.Receive(ctx); err != nil {
			return err
		}
		hint()
	}
}
