package demo_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/gobeat/gobeat/cmd/beat/demo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// push puts a message into the demo's queue.
func push(t *testing.T, s *demo.Server, text string) {
	t.Helper()
	options, err := goredis.ParseURL(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	c := goredis.NewClient(options)
	if err := errors.Join(c.LPush(t.Context(), demo.Queue, text).Err(), c.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestWorkerReportsMessages(t *testing.T) {
	t.Parallel()
	s, err := demo.Start(0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	push(t, s, `{"headers": {"id": "x", "task": "tasks.add", "argsrepr": "[2, 3]", "kwargsrepr": "{}",
		"periodic_task_name": "sum", "beat_scheduled_for": "2026-01-01T10:00:00.000000Z"}, "body": ""}`)
	ctx, cancel := context.WithCancel(t.Context())
	var got demo.Execution
	err = demo.NewWorker(s, func(e demo.Execution) error {
		got = e
		cancel()
		return nil
	}).Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if time.Since(got.At) > time.Minute {
		t.Errorf("taken at %s", got.At)
	}
	got.At = time.Time{}
	want := demo.Execution{
		ID: "x", Task: "tasks.add", Args: "[2, 3]", Kwargs: "{}", Name: "sum",
		Scheduled: time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("execution (-want +got):\n%s", diff)
	}
}

func TestWorkerFails(t *testing.T) {
	t.Parallel()
	s, err := demo.Start(0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	worker := demo.NewWorker(s, func(demo.Execution) error { return errors.New("nobody listens") })
	push(t, s, "no message")
	if err := worker.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "read a message") {
		t.Errorf("no message: %v", err)
	}
	push(t, s, `{"headers": {}}`)
	if err := worker.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "nobody listens") {
		t.Errorf("report fails: %v", err)
	}
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	first, err := demo.Start(0)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	_, port, err := net.SplitHostPort(strings.TrimSuffix(strings.TrimPrefix(first.URL(), "redis://"), "/0"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := demo.Start(n); err == nil {
		s.Close()
		t.Error("started on a port that is taken")
	}
}
