package testenv

import (
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gobeat/gobeat/internal/testenv/process"
)

// waitLimit bounds every wait for a line or an end. It is far more than anything takes, so only a fault reaches it.
const waitLimit = 2 * time.Minute

// Program is a running program, for example a Celery worker, whose output a test waits for.
type Program struct {
	process *process.Process

	mu    sync.Mutex
	lines []string
	seen  int           // how many lines WaitFor has passed
	grown chan struct{} // closed and replaced when a line is added
}

// Start starts a program; cmd's output goes to the result. When the test ends it is killed, if it runs still, and its
// output is shown if the test failed.
func Start(t testing.TB, cmd *exec.Cmd) *Program {
	t.Helper()
	p := &Program{grown: make(chan struct{})}
	var err error
	p.process, err = process.Start(cmd, p.add)
	check(t, err)
	t.Cleanup(func() {
		check(t, p.process.End(syscall.SIGKILL))
		if t.Failed() {
			t.Logf("what %s printed:\n%s", strings.Join(cmd.Args, " "), p.Output())
		}
	})
	return p
}

// WaitFor blocks until the program prints a line that contains text, and returns that line. Lines up to the one that
// the previous call returned do not count. The test fails when the program ends or says nothing of it within two minutes.
func (p *Program) WaitFor(t testing.TB, text string) string {
	t.Helper()
	late := time.After(waitLimit)
	for {
		line, grown, found := p.next(text)
		if found {
			return line
		}
		select {
		case <-grown:
		case <-p.process.Done():
			// What it printed last may have come after we looked.
			if line, _, found := p.next(text); found {
				return line
			}
			t.Fatalf("the program ended without printing %q", text)
		case <-late:
			t.Fatalf("the program did not print %q within %v", text, waitLimit)
		}
	}
}

// Signal sends a signal to the program and everything it started.
func (p *Program) Signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	check(t, p.process.Signal(s))
}

// Stop asks the program to end by SIGTERM, and waits for that.
func (p *Program) Stop(t testing.TB) {
	t.Helper()
	p.Signal(t, syscall.SIGTERM)
	p.Wait(t)
}

// Wait blocks until the program has ended.
func (p *Program) Wait(t testing.TB) {
	t.Helper()
	select {
	case <-p.process.Done():
	case <-time.After(waitLimit):
		t.Fatalf("the program did not end within %v", waitLimit)
	}
}

// Output returns everything printed so far, standard output and standard error together.
func (p *Program) Output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "")
}

func (p *Program) add(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = append(p.lines, line)
	close(p.grown)
	p.grown = make(chan struct{})
}

// next looks for text in the lines that WaitFor has not passed. When it is absent, grown closes with the next line.
func (p *Program) next(text string) (line string, grown <-chan struct{}, found bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, line := range p.lines[p.seen:] {
		if strings.Contains(line, text) {
			p.seen += i + 1
			return strings.TrimRight(line, "\r\n"), nil, true
		}
	}
	return "", p.grown, false
}
