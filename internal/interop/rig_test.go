package interop_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gobeat/gobeat/internal/testenv"
)

// program is the path of the program under test.
var program string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "beat")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program = filepath.Join(dir, "beat")
	build := exec.CommandContext(context.Background(), "go", "build", "-o", program, "../../cmd/beat")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build beat: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// site is a database with a beat.
type site struct {
	env []string
	db  *pgx.Conn
}

// newSite makes the tables of a beat that sends to the given broker.
func newSite(t *testing.T, broker string) *site {
	t.Helper()
	url := testenv.PostgreSQL(t)
	s := &site{env: append(os.Environ(), "DATABASE_URL="+url, "CELERY_BROKER_URL="+broker,
		`BEAT_CALENDARS={"holidays": ["2000-01-01"]}`)}
	migrate := exec.CommandContext(t.Context(), program, "migrate", "up")
	migrate.Env = s.env
	if out, err := migrate.CombinedOutput(); err != nil {
		t.Fatalf("migrate: %v\n%s", err, out)
	}
	var err error
	if s.db, err = pgx.Connect(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.db.Close(t.Context()) })
	return s
}

// beat starts a beat and waits until it leads.
func (s *site) beat(t *testing.T) *testenv.Program {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "run", "--loglevel", "info", "--no-color")
	cmd.Env = s.env
	p := testenv.Start(t, cmd)
	p.WaitFor(t, "leading")
	return p
}

func (s *site) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := s.db.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// seen is what a task printed.
type seen struct {
	Name       string
	Args       json.RawMessage
	Kwargs     json.RawMessage
	RoutingKey string `json:"routing_key"`
	Priority   *int
	Color      string
}

// next blocks until the worker has executed a task, and returns what it printed.
func next(t *testing.T, worker *testenv.Program) seen {
	t.Helper()
	line := worker.WaitFor(t, "RUN {")
	_, text, _ := strings.Cut(line, "RUN ")
	var s seen
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return s
}

// until blocks until the worker has executed a task about which ok says yes.
func until(t *testing.T, worker *testenv.Program, ok func(seen) bool) {
	t.Helper()
	for !ok(next(t, worker)) {
	}
}
