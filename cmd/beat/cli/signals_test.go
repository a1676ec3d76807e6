package cli_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gobeat/gobeat/cmd/beat/cli"
)

// hangup asks for new settings.
const hangup = syscall.SIGHUP

// TestSignalsWhileTheDatabaseIsAway sends what asks for a new log and for new settings to a beat that has no database yet.
// Sending blocks until the signal is taken.
func TestSignalsWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	s, arrived := redisServer(t)
	env := newEnviron("DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/x", "CELERY_BROKER_URL", s.URL())
	p := start(t, env, "run", "--quiet")
	p.wait(t, "the database cannot be used, will keep trying")

	for _, sig := range cli.HangupSignals() {
		if sig == hangup {
			continue
		}
		p.hangups <- sig
		p.wait(t, "the log was opened anew")
	}
	p.hangups <- hangup
	p.wait(t, "settings read again, nothing has changed")

	for name, bad := range map[string]string{"CELERY_TIMEZONE": "Mars/Base", "DATABASE_URL": "oracle://u:secret@h/d"} {
		good, _ := env.lookup(name)
		env.set(name, bad)
		p.hangups <- hangup
		p.wait(t, "the old ones stay", strings.Split(bad, ":")[0])
		env.set(name, good)
	}
	env.set("DATABASE_URL", added(t))
	p.hangups <- hangup
	p.wait(t, "settings have changed")
	if e := <-arrived; e.Name != "ping" {
		t.Errorf("sent %+v", e)
	}
	if code := p.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if text := strings.Join(p.seen, ""); strings.Contains(text, "secret") {
		t.Errorf("shows the password:\n%s", text)
	}
}

// A log that was moved to another file by SIGHUP is opened anew there by SIGUSR1.
func TestLogThatWasMoved(t *testing.T) {
	t.Parallel()
	at := slices.IndexFunc(cli.HangupSignals(), func(s os.Signal) bool { return s != hangup })
	if at < 0 {
		t.Skip("there is no signal for the log alone")
	}
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	env := newEnviron("DATABASE_URL", added(t), "CELERY_BROKER_URL", "redis://127.0.0.1:1/0", "BEAT_LOGFILE", first)
	p := start(t, env, "run", "--quiet")
	env.set("BEAT_LOGFILE", second)
	p.hangups <- hangup
	p.hangups <- cli.HangupSignals()[at]
	p.hangups <- cli.HangupSignals()[at]
	if code := p.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	text, err := os.ReadFile(second)
	if err != nil || strings.Count(string(text), "the log was opened anew") != 2 || !strings.Contains(string(text), "stopped") {
		t.Errorf("the second log: %v\n%s", err, text)
	}
}
