package main

import (
	"bytes"
	"context"
	_ "embed" // for the app of the peers
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/gobeat/gobeat/internal/testenv/python"
)

//go:embed peer.py
var peerApp []byte

// peer is another scheduler, from its own package.
type peer struct {
	name        string
	kind        string // as peer.py has it
	environment python.Environment
	scheduler   string
	lead        time.Duration // from the start of the process to the instant
}

func allPeers() []peer {
	return []peer{
		{"celery beat", "celery", python.Newest(), "celery.beat:PersistentScheduler", 6 * time.Second},
		{"django-celery-beat", "django", python.Django(), "django_celery_beat.schedulers:DatabaseScheduler", 12 * time.Second},
		{"RedBeat", "redbeat", python.Peers(), "redbeat.RedBeatScheduler", 8 * time.Second},
		{"sqlalchemy-celery-beat", "sqlalchemy", python.SQLAlchemy(), "sqlalchemy_celery_beat.schedulers:DatabaseScheduler", 12 * time.Second},
	}
}

// peers times the last of 1,000 messages that are due at the same instant, sent by other schedulers through Redis, and how
// many came within a minute.
func peers(ctx context.Context, b *bench) error {
	const n = 1_000
	for _, p := range allPeers() {
		if err := p.environment.Build(ctx); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if err := b.peer(ctx, p, n); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

func (b *bench) peer(ctx context.Context, p peer, n int) error {
	interpreter, err := p.environment.Find()
	if err != nil {
		return err
	}
	s, err := b.scene(ctx, b.redis)
	if err != nil {
		return err
	}
	defer s.close()
	database, err := s.database(ctx)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench-peer-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	s.cleanup = append(s.cleanup, func() { _ = os.RemoveAll(dir) })
	if err := os.WriteFile(filepath.Join(dir, "peer.py"), peerApp, 0o600); err != nil {
		return fmt.Errorf("write the app of the peer: %w", err)
	}
	at := time.Now().Add(p.lead + 15*time.Second).Truncate(time.Second) // the rows are made until it starts
	command := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, interpreter, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PEER="+p.kind, fmt.Sprint("PEER_ROWS=", n), fmt.Sprint("PEER_DUE=", at.Unix()),
			"PEER_BROKER="+b.redis, "PEER_STORE="+b.redis, "PEER_DATABASE="+database, "PYTHONDONTWRITEBYTECODE=1")
		return cmd
	}
	if out, err := command("peer.py").CombinedOutput(); err != nil {
		return fmt.Errorf("make the rows: %w: %s", err, out)
	}
	if err := pause(ctx, time.Until(at.Add(-p.lead))); err != nil {
		return err
	}
	var log bytes.Buffer
	beat := command("-m", "celery", "--app", "peer", "beat", "--loglevel", "warning", "--pidfile", "", "--scheduler", p.scheduler)
	beat.Stdout, beat.Stderr = &log, &log
	if err := beat.Start(); err != nil {
		return fmt.Errorf("start it: %w", err)
	}
	s.cleanup = append(s.cleanup, func() {
		_ = beat.Process.Kill()
		_ = beat.Wait()
	})
	arrived, err := s.queue.take(ctx, n, p.lead+time.Minute)
	if err != nil {
		return err
	}
	if len(arrived) == 0 {
		return fmt.Errorf("sent nothing: %s", log.String())
	}
	f := figure{Scenario: "peers", Who: p.name, On: "Redis", Rows: n, What: "last message behind the instant", Unit: "ms"}
	f.Value = milliseconds(arrived[len(arrived)-1].Sub(at))
	if len(arrived) < n {
		f.What = fmt.Sprintf("last of the %d that came behind the instant", len(arrived))
	}
	b.record.note(f)
	return nil
}
