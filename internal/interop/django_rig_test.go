package interop_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gobeat/gobeat/internal/testenv"
)

// shop is a project with a real scheduler over a database, and a broker.
type shop struct {
	python    testenv.Python
	dir       string   // of the project
	scheduler string   // its class
	env       []string // of everything that runs on it
	broker    string

	shell *testenv.Program
	input io.WriteCloser
}

// newShop starts a shell in a Django project and lets Django make its tables.
func newShop(t *testing.T, database string) *shop {
	t.Helper()
	s := &shop{
		python: testenv.Celery(t, testenv.Django), dir: "testdata/django",
		scheduler: "django_celery_beat.schedulers:DatabaseScheduler",
	}
	s.open(t, "DATABASE_URL="+database)
	s.do(t, `call_command("migrate", verbosity=0)`)
	return s
}

// open starts a shell in the project.
func (s *shop) open(t *testing.T, env ...string) {
	t.Helper()
	s.broker = testenv.Redis(t)
	s.env = append(os.Environ(), append(env, "CELERY_BROKER_URL="+s.broker, "BEAT_SCHEDULER="+s.scheduler,
		"PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1")...)
	cmd := exec.CommandContext(t.Context(), s.python.Path, "../shell.py", "site_shell")
	cmd.Dir, cmd.Env = s.dir, s.env
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, s.input = in, out
	s.shell = testenv.Start(t, cmd)
	t.Cleanup(func() { _, _ = in.Close(), out.Close() })
	s.shell.WaitFor(t, "READY")
}

// shopDatabases are the databases that Django is tested on, each with a fresh one.
var shopDatabases = []struct {
	name  string
	fresh func(t testing.TB) string
}{
	{"postgresql", testenv.PostgreSQL},
	{"mariadb", testenv.MariaDB},
	{"sqlite", func(t testing.TB) string {
		t.Helper()
		return "sqlite:////" + strings.TrimPrefix(filepath.Join(t.TempDir(), "db.sqlite3"), "/")
	}},
}

// eachShop runs a test in a project of its own on each database.
func eachShop(t *testing.T, test func(t *testing.T, s *shop)) {
	t.Helper()
	t.Parallel()
	for _, d := range shopDatabases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			test(t, newShop(t, d.fresh(t)))
		})
	}
}

// do runs Python in the project.
func (s *shop) do(t *testing.T, code string) {
	t.Helper()
	text, err := json.Marshal(code)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.input.Write(append(text, '\n')); err != nil {
		t.Fatal(err)
	}
	if line := s.shell.WaitFor(t, "E"); line != "DONE" { // DONE or FAILED, or a traceback
		t.Fatalf("%s: %s", code, line)
	}
}

// ask returns the JSON of a Python expression.
func (s *shop) ask(t *testing.T, expression string, into any) {
	t.Helper()
	s.do(t, `import json; answer = json.dumps(`+expression+`, default=str)`)
	text, err := json.Marshal(`print("ANSWER " + answer, flush=True)`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.input.Write(append(text, '\n')); err != nil {
		t.Fatal(err)
	}
	line := s.shell.WaitFor(t, "ANSWER ")
	s.shell.WaitFor(t, "DONE")
	if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "ANSWER ")), into); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
}

// worker starts a Celery worker of the project.
func (s *shop) worker(t *testing.T) *testenv.Program {
	t.Helper()
	return s.python.StartWorker(t, testenv.WorkerConfig{Dir: s.dir, App: "site_celery", Env: s.env})
}

// beat starts our beat with the command line of celery beat, and waits until it leads.
func (s *shop) beat(t *testing.T) *testenv.Program {
	t.Helper()
	p := s.launch(t)
	p.WaitFor(t, "leading")
	return p
}

// launch starts ours.
func (s *shop) launch(t *testing.T) *testenv.Program {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "-A", "site_celery", "beat", "-l", "info", "-C",
		"-S", s.scheduler)
	cmd.Dir, cmd.Env = s.dir, append(s.env, "BEAT_PYTHON="+s.python.Path)
	return testenv.Start(t, cmd)
}

// celeryBeat starts the real celery beat with the real scheduler.
func (s *shop) celeryBeat(t *testing.T) *testenv.Program {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), s.python.Path, "-m", "celery", "-C", "-A", "site_celery", "beat", "-l", "debug",
		"-S", s.scheduler, "--pidfile=")
	cmd.Dir, cmd.Env = s.dir, s.env
	p := testenv.Start(t, cmd)
	p.WaitFor(t, "beat: Starting...")
	return p
}

// counter counts what arrives in the queue, by name.
type counter struct {
	client *redis.Client
	counts map[string]int
	runs   map[string]int // of messages that tell their time, by name and time
}

func (s *shop) counter(t *testing.T) *counter {
	t.Helper()
	options, err := redis.ParseURL(s.broker)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return &counter{client: client, counts: map[string]int{}, runs: map[string]int{}}
}

func (c *counter) add(t *testing.T, text string) string {
	t.Helper()
	var m struct {
		Headers struct {
			arrived

			Args string `json:"argsrepr"`
		}
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	name := cmp.Or(strings.Trim(m.Headers.Args, "[](),'"), m.Headers.Name) // not every scheduler sends the name
	c.counts[name]++
	if !m.Headers.At.IsZero() {
		c.runs[name+" "+m.Headers.At.String()]++
	}
	return name
}

// until blocks until each name has arrived so many times more, and then until the last name has once more.
func (c *counter) until(t *testing.T, more map[string]int, last string) {
	t.Helper()
	for {
		got, err := c.client.BRPop(t.Context(), time.Minute, "celery").Result()
		if err != nil {
			t.Fatalf("waiting for %v: %v", more, err)
		}
		name := c.add(t, got[1])
		if more[name]--; more[name] <= 0 {
			delete(more, name)
		}
		if len(more) == 0 && name == last {
			return
		}
	}
}

// rest counts what lies in the queue; nobody may be sending.
func (c *counter) rest(t *testing.T) {
	t.Helper()
	for {
		text, err := c.client.RPop(t.Context(), "celery").Result()
		if errors.Is(err, redis.Nil) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		c.add(t, text)
	}
}
