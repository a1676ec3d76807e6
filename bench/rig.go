package main

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// rig knows the program and the database server.
type rig struct{ beat, postgres string }

// scene is a database of its own, a broker's default queue, and a beat on them.
type scene struct {
	rig   *rig
	url   string // of the database
	env   []string
	db    *pgx.Conn
	queue queue
	cmd   *exec.Cmd

	cleanup []func()
}

// scene makes an empty database with beat's tables.
func (r *rig) scene(ctx context.Context, broker string) (s *scene, err error) {
	s = &scene{rig: r}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.url, err = s.database(ctx); err != nil {
		return nil, err
	}
	if err := s.prepare(ctx, broker); err != nil {
		return nil, err
	}
	if s.db, err = r.connect(ctx, s.url); err != nil {
		return nil, err
	}
	s.cleanup = append(s.cleanup, func() { _ = s.db.Close(context.WithoutCancel(ctx)) })
	return s, nil
}

// prepare makes beat's tables in the database, and empties the queue.
func (s *scene) prepare(ctx context.Context, broker string) error {
	if err := s.aim(ctx, broker); err != nil {
		return err
	}
	return s.command(ctx, nil, "migrate", "up")
}

// aim sets the environment of beats, and empties the queue.
func (s *scene) aim(ctx context.Context, broker string) (err error) {
	s.env = append(os.Environ(), "DATABASE_URL="+s.url, "CELERY_BROKER_URL="+broker, "BEAT_DEPLOYMENT="+uuid.NewString())
	if s.queue, err = openQueue(ctx, broker); err != nil {
		return err
	}
	s.cleanup = append(s.cleanup, s.queue.close)
	return nil
}

// command runs a command of beat to its end.
func (s *scene) command(ctx context.Context, in []byte, args ...string) error {
	cmd := exec.CommandContext(ctx, s.rig.beat, args...)
	cmd.Env, cmd.Stdin = s.env, bytes.NewReader(in)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("beat %q: %w: %s", args, err, out)
	}
	return nil
}

func (r *rig) connect(ctx context.Context, url string) (*pgx.Conn, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	return conn, nil
}

// database makes a database that is dropped in the end, and returns its URL.
func (s *scene) database(ctx context.Context) (string, error) {
	name := "bench_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	admin, err := s.rig.connect(ctx, s.rig.postgres)
	if err != nil {
		return "", err
	}
	s.cleanup = append(s.cleanup, func() {
		ctx := context.WithoutCancel(ctx)
		_, _ = admin.Exec(ctx, "drop database "+name+" with (force)")
		_ = admin.Close(ctx)
	})
	if _, err := admin.Exec(ctx, "create database "+name); err != nil {
		return "", fmt.Errorf("create database: %w", err)
	}
	u, err := url.Parse(s.rig.postgres)
	if err != nil {
		return "", fmt.Errorf("read URL of PostgreSQL: %w", err)
	}
	u.Path = "/" + name
	return u.String(), nil
}

// start starts a beat that logs no runs.
func (s *scene) start(ctx context.Context) error {
	s.cmd = exec.CommandContext(ctx, s.rig.beat, "run", "--loglevel", "warning")
	s.cmd.Env = s.env
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start beat: %w", err)
	}
	s.cleanup = append(s.cleanup, func() {
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
		_ = s.cmd.Wait()
	})
	return nil
}

// first starts a beat, and returns when that was and when its first message came.
func (s *scene) first(ctx context.Context) (begin, arrived time.Time, err error) {
	begin = time.Now()
	if err := s.start(ctx); err != nil {
		return begin, arrived, err
	}
	all, err := s.take(ctx, 1, 5*time.Minute)
	if err != nil {
		return begin, arrived, err
	}
	return begin, all[0], nil
}

// take waits for n messages, and returns an error when no more have come for the patience.
func (s *scene) take(ctx context.Context, n int, patience time.Duration) ([]time.Time, error) {
	arrived, err := s.queue.take(ctx, n, patience)
	if err == nil && len(arrived) < n {
		err = fmt.Errorf("%d of %d messages arrived", len(arrived), n)
	}
	return arrived, err
}

// launch starts a beat and waits until it leads and has met all schedules.
func (s *scene) launch(ctx context.Context) error {
	if err := s.start(ctx); err != nil {
		return err
	}
	return s.until(ctx, `select count(*) from task_schedule s left join beat_cursor c on c.schedule_id = s.id where c.schedule_id is null`)
}

// until waits until a query that counts what is left says none.
func (s *scene) until(ctx context.Context, query string) error {
	for limit := time.Now().Add(5 * time.Minute); ; {
		var left int
		if err := s.db.QueryRow(ctx, query).Scan(&left); err != nil {
			return fmt.Errorf("run %.60q: %w", query, err)
		}
		if left == 0 {
			return nil
		}
		if time.Now().After(limit) {
			return fmt.Errorf("%.60q: %d are left after five minutes", query, left)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
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
