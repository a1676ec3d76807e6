package cli_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/cmd/beat/demo"
)

// database returns the URL of a SQLite file that does not exist yet.
func database(t *testing.T) string {
	t.Helper()
	return "sqlite:///" + filepath.Join(t.TempDir(), "beat.db")
}

// redisServer starts a Redis and returns the messages that arrive in its queue.
func redisServer(t *testing.T) (*demo.Server, <-chan demo.Execution) {
	t.Helper()
	s, err := demo.Start(0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	arrived := make(chan demo.Execution, 1000)
	ended := make(chan error, 1)
	go func() {
		ended <- demo.NewWorker(s, func(e demo.Execution) error { arrived <- e; return nil }).Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("worker: %v", err)
		}
		s.Close()
	})
	return s, arrived
}

// added makes a database with a task that runs each second.
func added(t *testing.T) string {
	t.Helper()
	url := database(t)
	_, errs, code := once(t.Context(), newEnviron("DATABASE_URL", url), "add", "ping", "--task", "proj.ping", "--every", "1s")
	if code != 0 {
		t.Fatal(errs)
	}
	return url
}

func TestRunSendsUntilStopped(t *testing.T) {
	t.Parallel()
	s, arrived := redisServer(t)
	p := start(t, newEnviron("DATABASE_URL", added(t), "CELERY_BROKER_URL", s.URL()), "run")
	p.wait(t, "beat 1.2.3 is starting.")
	p.wait(t, ". broker -> "+s.URL()+" (environment CELERY_BROKER_URL)")
	p.wait(t, "beat: Starting...")
	p.wait(t, "Sending due task ping (proj.ping)")
	if e := <-arrived; e.Name != "ping" || e.Task != "proj.ping" {
		t.Errorf("got %+v", e)
	}
	if code := p.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	p.wait(t, "stopped")
}

func TestRunTakesUpNewSettings(t *testing.T) {
	t.Parallel()
	first, fromFirst := redisServer(t)
	second, fromSecond := redisServer(t)
	logfile := filepath.Join(t.TempDir(), "log")
	env := newEnviron("DATABASE_URL", added(t), "CELERY_BROKER_URL", first.URL())
	p := start(t, env, "--quiet")
	<-fromFirst

	env.set("CELERY_TIMEZONE", "Mars/Base")
	p.hangups <- os.Interrupt
	line := p.wait(t, "the old ones stay")
	if !strings.Contains(line, "Mars/Base") {
		t.Errorf("does not say why: %s", line)
	}
	<-fromFirst

	env.set("CELERY_TIMEZONE", "Europe/Berlin", "CELERY_BROKER_URL", second.URL())
	p.hangups <- os.Interrupt
	p.wait(t, "settings have changed", second.URL(), "Europe/Berlin")
	<-fromSecond

	env.set("CELERY_BEAT_LOGFILE", logfile)
	p.hangups <- os.Interrupt
	<-fromSecond
	if code := p.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	text, err := os.ReadFile(logfile)
	if err != nil || !strings.Contains(string(text), "nothing has changed") {
		t.Errorf("log: %q, %v", text, err)
	}
}

func TestRunKeepsTrying(t *testing.T) {
	t.Parallel()
	env := newEnviron("DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/x", "CELERY_BROKER_URL", "redis://:secret@127.0.0.1:1/0")
	p := start(t, env, "run")
	p.wait(t, "the database cannot be used, will keep trying")
	if code := p.end(); code != 0 {
		t.Errorf("database away: exit code %d", code)
	}
	env.set("DATABASE_URL", database(t))
	q := start(t, env, "run")
	q.wait(t, "trouble, will keep trying", "broker")
	if code := q.end(); code != 0 {
		t.Errorf("broker away: exit code %d", code)
	}
	if text := strings.Join(append(p.seen, q.seen...), ""); strings.Contains(text, "secret") {
		t.Errorf("shows the password:\n%s", text)
	}
}

func TestRunWithoutTables(t *testing.T) {
	t.Parallel()
	p := start(t, newEnviron("DATABASE_URL", database(t)), "run", "--migrate", "off")
	p.wait(t, "beat migrate up")
	if code := p.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestPidfile(t *testing.T) {
	t.Parallel()
	pidfile := filepath.Join(t.TempDir(), "beat.pid")
	if err := os.WriteFile(pidfile, []byte("999999\n"), 0o600); err != nil { // left behind by a process that died
		t.Fatal(err)
	}
	env := newEnviron("DATABASE_URL", database(t))
	p := start(t, env, "run", "--pidfile", pidfile)
	p.wait(t, "beat: Starting...")
	text, err := os.ReadFile(pidfile)
	if want := strconv.Itoa(os.Getpid()) + "\n"; err != nil || string(text) != want {
		t.Errorf("pidfile: got %q, %v, want %q", text, err, want)
	}
	_, errs, code := once(t.Context(), env, "run", "--pidfile", pidfile)
	if want := "beat: pidfile " + pidfile + " is held by process " + strconv.Itoa(os.Getpid()) + "\n"; code != 73 || errs != want {
		t.Errorf("second: exit code %d, %q", code, errs)
	}
	p.end()
	if _, err := os.Stat(pidfile); !os.IsNotExist(err) {
		t.Errorf("the pidfile is still there: %v", err)
	}
}

// ended is a context that lets run print its banner and then ends it.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestCommandLinesOfCelery(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want []string
	}{
		{"none", nil, []string{"No settings were given", "sqlite:///beat.db (default)", "amqp://guest:**@localhost:5672// (default)"}},
		{"run", []string{"run", "-b", "redis://x/0"}, []string{"broker -> redis://x/0 (flag --broker)"}},
		{"flags of the root", []string{"-b", "redis://x/0", "-l", "info"}, []string{"[stderr]@%INFO (flag --loglevel)"}},
		{"word beat", []string{"-A", "proj", "beat", "-l", "WARNING"}, []string{"[stderr]@%WARNING"}},
		{"app after beat", []string{"beat", "-A", "proj", "--loglevel=INFO"}, []string{"no Python code is imported", "app=proj"}},
		{"app attached", []string{"--app=proj", "beat", "--loglevel=debug"}, []string{"app=proj", "@%DEBUG"}},
		{"flags of beat before beat", []string{"--max-interval", "0.5", "beat"}, []string{"maxinterval -> 500ms"}},
		{
			"everything",
			[]string{
				"-A", "proj", "-C", "beat", "-s", "/tmp/schedule", "--pidfile=", "-S", "native", "--max-interval=300",
				"--loader", "x", "--executable", "y", "--skip-checks", "--result-backend", "z",
			},
			[]string{"not used", "file=/tmp/schedule", "maxinterval -> 1s"},
		},
		{"settings after --", []string{"beat", "--", "beat.max_loop_interval=0.2"}, []string{"maxinterval -> 200ms"}},
		{"settings after -- without a command", []string{"-A", "x", "--", "timezone=Asia/Tokyo"}, []string{"timezone -> Asia/Tokyo"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := newEnviron()
			if len(tt.args) > 0 {
				env.set("BEAT_APP_IMPORT", "no")
			}
			_, errs, code := once(ended(), env, tt.args...)
			if code != 0 {
				t.Errorf("exit code %d", code)
			}
			for _, want := range tt.want {
				if !strings.Contains(errs, want) {
					t.Errorf("no %q in\n%s", want, errs)
				}
			}
		})
	}
}

func TestWrongCommandLines(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"unknown flag", []string{"--loglevl", "info"}, "unknown flag --loglevl; did you mean --loglevel?"},
		{"unknown flag after beat", []string{"beat", "--pidfil=x"}, "unknown flag --pidfil; did you mean --pidfile?"},
		{"unknown short flag", []string{"-Z"}, "unknown shorthand flag: 'Z' in -Z; see beat --help"},
		{"flag without value", []string{"run", "--broker"}, "flag needs an argument: --broker; see beat run --help"},
		{"unknown command", []string{"lst"}, `unknown command "lst" for beat; did you mean list?`},
		{"unknown command unlike any", []string{"qqqqqq"}, `unknown command "qqqqqq" for beat; see beat --help`},
		{"argument of run", []string{"run", "lst"}, `unknown command "lst" for beat run; did you mean list?`},
		{"no setting after --", []string{"--", "x"}, `"x" after -- is not of the form setting=value`},
		{"argument of check", []string{"check", "x"}, `beat check takes no argument "x"; see beat check --help`},
		{"output", []string{"status", "-o", "xml"}, `--output "xml" is not text or json`},
		{"workdir", []string{"--workdir", "/nowhere"}, "workdir (flag --workdir): chdir /nowhere: no such file or directory"},
		{"loglevel", []string{"-l", "loud"}, `loglevel: "loud" (flag --loglevel) is not one of debug, info, warning, error, critical`},
		{
			"zone of celery-sqlalchemy-scheduler",
			[]string{"-S", "celery_sqlalchemy_scheduler:DatabaseScheduler", "--database-url", "sqlite:///none.db", "--timezone", "Europe/Berlin", "list"},
			`timezone: "Europe/Berlin" (flag --timezone) must be UTC with the tables of celery-sqlalchemy-scheduler`,
		},
		{
			"scheduler of tenants",
			[]string{"-S", "tenant_schemas_celery.scheduler:TenantAwareScheduler"},
			`beat_scheduler: "tenant_schemas_celery.scheduler:TenantAwareScheduler" (flag --scheduler) `,
		},
		{
			"scheduler of their own",
			[]string{"-S", "proj.Mine"},
			`beat_scheduler: "proj.Mine" (flag --scheduler) is none of native, celery.beat:PersistentScheduler, `,
		},
		{
			"broker", []string{"-b", "sqs://k:secret@"}, `broker_url: "sqs://k:**@" (flag --broker) is no broker URL: `,
		},
		{
			"database",
			[]string{"--database-url", "oracle://u:secret@h/d", "migrate", "up"},
			`database_url: "oracle://u:**@h/d" (flag --database-url) does not begin with one of postgresql://, mysql://, sqlite:///, redis://, mongodb://, dynamodb://, memory://`,
		},
		{"migrate", []string{"migrate"}, "migrate needs one of up, down, status, sql"},
		{"migrate sideways", []string{"migrate", "sideways"}, `migrate: "sideways" is not one of up, down, status, sql`},
		{"migrate down", []string{"migrate", "down"}, "migrate down removes tables with their contents; say --yes if you mean it"},
		{"port", []string{"demo", "--port", "99999"}, "--port 99999 is not between 0 and 65535"},
		{"shadow tolerance", []string{"--shadow", "--shadow-tolerance=0s"}, "--shadow-tolerance is 0s, must be more than 0"},
		{"shadow grace", []string{"--shadow", "--shadow-grace=-1s"}, "--shadow-grace is -1s, must be more than 0"},
		{"shadow report", []string{"--shadow", "--shadow-report=0s"}, "--shadow-report is 0s, must be more than 0"},
		{"user", []string{"--uid", "no-such-user"}, `uid: there is no user "no-such-user"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, errs, code := once(t.Context(), newEnviron(), tt.args...)
			if code != 2 || out != "" {
				t.Errorf("exit code %d, output %q", code, out)
			}
			if !strings.HasPrefix(errs, "beat: "+tt.want) || strings.Count(errs, "\n") != 1 {
				t.Errorf("got %q, want %q", errs, tt.want)
			}
		})
	}
}

func TestJSONLog(t *testing.T) {
	t.Parallel()
	_, errs, code := once(ended(), newEnviron("BEAT_LOG_FORMAT", "json", "DATABASE_URL", "postgresql://u:secret@h/d"), "run")
	first, _, _ := strings.Cut(errs, "\n")
	var got map[string]any
	if err := json.Unmarshal([]byte(first), &got); err != nil || code != 0 {
		t.Fatalf("exit code %d, %v in %q", code, err, errs)
	}
	if got["msg"] != "beat: Starting..." || got["level"] != "info" || got["database"] != "postgresql://u:**@h/d" {
		t.Errorf("got %v", got)
	}
}

func TestDemo(t *testing.T) {
	t.Parallel()
	p := start(t, newEnviron("DATABASE_URL", "postgresql://not.used/x"), "demo")
	p.wait(t, "edit every-second --every 3s --database-url sqlite:///")
	p.wait(t, "CELERY_BROKER_URL=redis://127.0.0.1:")
	p.wait(t, "welcome", "tasks.echo ['it works']")
	p.wait(t, "every-second", "tasks.echo ['tick']")
	p.wait(t, "every-second")
	if code := p.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	p.wait(t, "The worker executed")
}

func TestDemoEndsByItself(t *testing.T) {
	t.Parallel()
	p := start(t, newEnviron(), "demo", "--for", "100ms")
	if code := <-p.code; code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestDemoKeepsItsDirectory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	for range 2 { // the second time the rows are there already
		p := start(t, newEnviron(), "demo", "--dir", dir)
		p.wait(t, "Ctrl-C ends the demo")
		if code := p.end(); code != 0 {
			t.Fatalf("exit code %d", code)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "beat.db")); err != nil {
		t.Error(err)
	}
}
