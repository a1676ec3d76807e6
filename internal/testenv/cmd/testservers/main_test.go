package main_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gobeat/gobeat/internal/testenv"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// given has the command believe that all servers are there, so that it starts none, and skips the test where it would
// build a Python environment.
func given(t *testing.T) []string {
	t.Helper()
	testenv.Celery(t, testenv.Newest)
	testenv.Celery(t, testenv.Old)
	environment := os.Environ()
	for _, kind := range server.Kinds() {
		environment = append(environment, kind.URLVariable()+"=given-"+kind.Name)
	}
	return environment
}

func TestCommandSeesServersAndItsExitCodeCounts(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), build(t), "sh", "-c", `echo "$BEAT_TEST_REDIS_URL"; : >"$TMPDIR/left"; exit 7`)
	cmd.Env = append(given(t), "TMPDIR="+t.TempDir())
	output, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Errorf("ended with %v, want exit code 7", err)
	}
	if !strings.Contains(string(output), "given-redis\n") {
		t.Errorf("output %q, want the given address in it", output)
	}
}

func TestTerminationEndsTheCommandAndRemovesItsFiles(t *testing.T) {
	t.Parallel()
	temporary := t.TempDir()
	cmd := exec.CommandContext(t.Context(), build(t), "sh", "-c", `: >"$TMPDIR/left"; echo started; sleep 1000`)
	cmd.Env = append(given(t), "TMPDIR="+temporary)
	program := testenv.Start(t, cmd)
	program.WaitFor(t, "started")
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	program.WaitFor(t, "sh was stopped")
	program.Wait(t)
	if left, err := filepath.Glob(filepath.Join(temporary, "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func TestNoCommand(t *testing.T) {
	t.Parallel()
	output, err := exec.CommandContext(t.Context(), build(t)).CombinedOutput()
	if err == nil || !strings.Contains(string(output), "no command given") {
		t.Errorf("error %v, output %q; want it to say what is missing", err, output)
	}
}

func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "testservers")
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	return path
}
