package site

import (
	"context"
	"path/filepath"
	"time"

	"github.com/gobeat/gobeat/internal/fault/check"
	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/oracle"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// LoadPeers writes the rows of peers, which have no tables.
func (s *Site) LoadPeers(rows []history.Row) error {
	s.rows = rows
	if err := oracle.WritePeer(s.Dir); err != nil {
		return err
	}
	return history.Write(filepath.Join(s.Dir, "rows.jsonl"), rows)
}

// CeleryBeat starts a celery beat with a schedule file of that name.
func (s *Site) CeleryBeat(ctx context.Context, name, file string) (*Program, error) {
	return s.peer(ctx, name, nil, "--schedule", filepath.Join(s.Dir, file))
}

// RedBeat starts a RedBeat with its entries and its lock in a Redis. The lock is in seconds; without one it is as long as RedBeat has it.
func (s *Site) RedBeat(ctx context.Context, name, store, lock string) (*Program, error) {
	env := []string{"PEER_REDBEAT=" + store}
	if lock != "" {
		env = append(env, "PEER_LOCK="+lock)
	}
	return s.peer(ctx, name, env, "--scheduler", "redbeat.RedBeatScheduler")
}

func (s *Site) peer(ctx context.Context, name string, env []string, args ...string) (*Program, error) {
	env = s.environment(append(env, "PEER_BROKER="+s.Broker, "PEER_ROWS="+filepath.Join(s.Dir, "rows.jsonl"),
		"PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1")...)
	command := append([]string{s.tools.Python, "-m", "celery", "--app", "peer", "beat", "--loglevel", "info", "--pidfile", ""}, args...)
	return s.add(launch(ctx, s.Dir, name, env, command...))
}

// JudgePeers ends the peers and the recorder, and compares. Peers are killed, since one that waits for a lock does not
// hear a SIGTERM.
func (s *Site) JudgePeers(from, to time.Time) (check.Verdict, []history.Arrival, error) {
	for _, p := range s.programs {
		if err := p.Kill(); err != nil {
			return check.Verdict{}, nil, err
		}
	}
	arrivals, err := s.Received()
	if err != nil {
		return check.Verdict{}, nil, err
	}
	verdict := check.JudgeDrifting(check.Input{Rows: s.rows, Arrivals: arrivals, From: from, To: to})
	return verdict, arrivals, s.keep(&verdict)
}

// RedisPlace returns the URL of an empty database of the shared Redis.
func (s *Servers) RedisPlace(ctx context.Context) (string, error) {
	redis, err := s.Shared(ctx, server.Redis())
	if err != nil {
		return "", err
	}
	return s.place(ctx, redis)
}
