package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// rig knows the program and the servers.
type rig struct{ beat, postgres string }

// scene is one beat process over a database of its own.
type scene struct {
	db      *pgx.Conn
	cmd     *exec.Cmd
	queue   queue
	cleanup []func()
}

// open makes a database, lets prepare fill it, and starts a beat on it that leads when open returns.
func (r *rig) open(ctx context.Context, broker string, prepare ...string) (*scene, error) {
	s := &scene{}
	if err := s.start(ctx, r, broker, prepare); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *scene) start(ctx context.Context, r *rig, broker string, prepare []string) error {
	name := "bench_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	admin, err := pgx.Connect(ctx, r.postgres)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	s.cleanup = append(s.cleanup, func() { _ = admin.Close(context.WithoutCancel(ctx)) })
	if _, err := admin.Exec(ctx, "create database "+name); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	u, err := url.Parse(r.postgres)
	if err != nil {
		return fmt.Errorf("read URL of PostgreSQL: %w", err)
	}
	u.Path = "/" + name
	env := append(os.Environ(), "DATABASE_URL="+u.String(), "CELERY_BROKER_URL="+broker, "BEAT_DEPLOYMENT="+name)
	migrate := exec.CommandContext(ctx, r.beat, "migrate", "up")
	migrate.Env = env
	if out, err := migrate.CombinedOutput(); err != nil {
		return fmt.Errorf("migrate: %w: %s", err, out)
	}
	if s.db, err = pgx.Connect(ctx, u.String()); err != nil {
		return fmt.Errorf("connect to the new database: %w", err)
	}
	s.cleanup = append(s.cleanup, func() { _ = s.db.Close(context.WithoutCancel(ctx)) })
	for _, sql := range prepare {
		if err := s.exec(ctx, sql); err != nil {
			return err
		}
	}
	if s.queue, err = openQueue(ctx, broker); err != nil {
		return err
	}
	s.cleanup = append(s.cleanup, s.queue.close)
	return s.launch(ctx, r.beat, env)
}

// launch starts the process and waits until it says that it leads.
func (s *scene) launch(ctx context.Context, program string, env []string) error {
	s.cmd = exec.CommandContext(ctx, program, "run", "--loglevel", "info", "--log-format", "json")
	s.cmd.Env = env
	logs, err := s.cmd.StderrPipe()
	if err != nil {
		return fmt.Errorf("open pipe: %w", err)
	}
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start beat: %w", err)
	}
	s.cleanup = append(s.cleanup, func() {
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
		_ = s.cmd.Wait()
	})
	lines := bufio.NewScanner(logs)
	for lines.Scan() {
		if strings.Contains(lines.Text(), `"msg":"leading"`) {
			go func() { _, _ = io.Copy(io.Discard, logs) }()
			return nil
		}
	}
	return errors.New("beat ended before it led")
}

func (s *scene) exec(ctx context.Context, sql string, args ...any) error {
	if _, err := s.db.Exec(ctx, sql, args...); err != nil {
		return fmt.Errorf("run %.60q: %w", sql, err)
	}
	return nil
}

func (s *scene) close() {
	for _, undo := range slices.Backward(s.cleanup) {
		undo()
	}
}
