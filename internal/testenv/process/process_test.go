package process_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/gobeat/gobeat/internal/testenv/process"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStartHandsOnEveryLine(t *testing.T) {
	t.Parallel()
	var lines []string
	p, err := process.Start(shell(t, "echo out; echo err >&2; printf unfinished"), func(line string) { lines = append(lines, line) })
	if err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if got, want := strings.Join(lines, "|"), "out\n|err\n|unfinished"; got != want {
		t.Errorf("lines %q, want %q", got, want)
	}
	if err := p.Signal(syscall.SIGTERM); !errors.Is(err, process.ErrNotRunning) {
		t.Errorf("Signal after the end: %v, want ErrNotRunning", err)
	}
}

func TestEndEndsDescendantsToo(t *testing.T) {
	t.Parallel()
	started := make(chan struct{})
	// Done waits for everybody who could still print: it would wait a thousand seconds if sleep survived.
	p, err := process.Start(shell(t, "sleep 1000 & echo started; wait"), func(string) { close(started) })
	if err != nil {
		t.Fatal(err)
	}
	<-started
	if err := p.End(syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	if err := p.End(syscall.SIGKILL); err != nil {
		t.Errorf("End after the end: %v", err)
	}
}

func TestStopWaitsForAll(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "grows")
	started := make(chan struct{})
	p, err := process.Start(shell(t, "for i in 1 2 3 4 5 6 7 8; do while :; do echo; done >>"+path+" & done; echo started; wait"),
		func(string) { close(started) })
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.End(syscall.SIGKILL); err != nil {
			t.Error(err)
		}
		if err := p.Stop(context.Background()); !errors.Is(err, process.ErrNotRunning) {
			t.Errorf("Stop after the end: %v, want ErrNotRunning", err)
		}
	}()
	<-started
	var sizes [20]int64
	for i := range sizes {
		if err := p.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		before, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		// Another process has its turn, as those that stand still would.
		if err := exec.CommandContext(t.Context(), "true").Run(); err != nil {
			t.Fatal(err)
		}
		after, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if after.Size() != before.Size() {
			t.Fatalf("stop %d: %d bytes were written after it", i, after.Size()-before.Size())
		}
		sizes[i] = after.Size()
		if err := p.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
	}
	if sizes[len(sizes)-1] == sizes[0] {
		t.Error("nothing was written in between")
	}
}

func TestStartOfWhatIsAbsent(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "/nonexistent/program")
	if _, err := process.Start(cmd, func(string) {}); err == nil || !strings.Contains(err.Error(), "/nonexistent/program") {
		t.Errorf("error %v, want the name of the program in it", err)
	}
}

func shell(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	return exec.CommandContext(t.Context(), "sh", "-c", script)
}
