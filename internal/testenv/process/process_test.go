package process_test

import (
	"errors"
	"os/exec"
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
