package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gobeat/gobeat/beat"
)

// server is what Redis says of itself.
type server struct {
	version    string
	major      int
	cluster    bool
	appendOnly bool
	policy     string // maxmemory-policy
}

func readServer(info string) server {
	var out server
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		switch name {
		case "redis_version":
			out.version = value
			major, _, _ := strings.Cut(value, ".")
			out.major, _ = strconv.Atoi(major) // 0: not known
		case "redis_mode":
			out.cluster = value == "cluster"
		case "aof_enabled":
			out.appendOnly = value == "1"
		case "maxmemory_policy":
			out.policy = value
		}
	}
	return out
}

// check refuses a server that cannot keep what a store must.
func (s server) check() error {
	switch {
	case s.cluster:
		return errors.New("the server is a node of a cluster, which a store in Redis cannot use yet")
	case strings.HasPrefix(s.policy, "allkeys-"):
		return fmt.Errorf("maxmemory-policy is %s, under which Redis throws cursors and leases away; set it to noeviction", s.policy)
	}
	return nil
}

// Prepare checks that the server can be used. There is nothing to create, so that both modes do the same.
func (s *Store) Prepare(ctx context.Context, _ beat.PrepareMode) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	text, err := s.client.Info(ctx).Result()
	if err != nil {
		return s.failed(ctx, "ask Redis what it is", err)
	}
	met := readServer(text)
	if err := met.check(); err != nil {
		return fmt.Errorf("prepare the store in Redis: %w", err)
	}
	if s.server.Swap(&met) == nil && !met.appendOnly {
		s.cfg.Logger.WarnContext(ctx, "redis runs without appendonly; when it dies, runs since its last snapshot are forgotten"+
			" and may be sent again")
	}
	return nil
}
