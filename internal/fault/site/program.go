package site

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gobeat/gobeat/internal/testenv/process"
)

// waitLimit bounds every wait for a line or an end; only a fault that went wrong reaches it.
const waitLimit = 2 * time.Minute

// Program is a running process whose output goes to a file and can be waited for.
type Program struct {
	Name    string
	process *process.Process
	log     *os.File

	mu    sync.Mutex
	lines []line
	seen  int           // lines that Wait has passed
	grown chan struct{} // closed and replaced when a line is added
}

// line is a line of output and when it came.
type line struct {
	text string
	at   time.Time
}

// launch starts a program. It lives until it ends or is ended, whatever becomes of ctx.
func launch(ctx context.Context, dir, name string, env []string, args ...string) (*Program, error) {
	log, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), args[0], args[1:]...)
	cmd.Env, cmd.Dir = env, dir
	p := &Program{Name: name, log: log, grown: make(chan struct{})}
	if p.process, err = process.Start(cmd, p.add); err != nil {
		log.Close()
		return nil, err
	}
	return p, nil
}

func (p *Program) add(text string) {
	_, _ = p.log.WriteString(text)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = append(p.lines, line{strings.TrimRight(text, "\r\n"), time.Now()})
	close(p.grown)
	p.grown = make(chan struct{})
}

// Wait blocks until the program prints a line with one of the texts in it, and returns the line and when it came.
// Lines up to the one that the previous call returned do not count.
func (p *Program) Wait(ctx context.Context, texts ...string) (string, time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, waitLimit)
	defer cancel()
	for {
		l, grown, found := p.next(texts)
		if found {
			return l.text, l.at, nil
		}
		select {
		case <-grown:
		case <-p.process.Done():
			if l, _, found := p.next(texts); found {
				return l.text, l.at, nil
			}
			return "", time.Time{}, fmt.Errorf("%s ended without printing any of %q", p.Name, texts)
		case <-ctx.Done():
			return "", time.Time{}, fmt.Errorf("wait until %s prints any of %q: %w", p.Name, texts, ctx.Err())
		}
	}
}

func (p *Program) next(texts []string) (l line, grown <-chan struct{}, found bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, l := range p.lines[p.seen:] {
		for _, text := range texts {
			if strings.Contains(l.text, text) {
				p.seen += i + 1
				return l, nil, true
			}
		}
	}
	return line{}, p.grown, false
}

// Count returns how many lines so far have the text in them.
func (p *Program) Count(text string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.lines {
		if strings.Contains(l.text, text) {
			n++
		}
	}
	return n
}

// Memory returns the resident memory of the program itself, in bytes.
func (p *Program) Memory() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.process.ID()))
	if err != nil {
		return 0, fmt.Errorf("read memory of %s: %w", p.Name, err)
	}
	var total, resident int64
	if _, err := fmt.Sscan(string(text), &total, &resident); err != nil {
		return 0, fmt.Errorf("read memory of %s: %w", p.Name, err)
	}
	return resident * int64(os.Getpagesize()), nil
}

// Signal sends a signal to the program and all it started.
func (p *Program) Signal(s syscall.Signal) error { return p.process.Signal(s) }

// Kill ends the program by SIGKILL and waits for its end.
func (p *Program) Kill() error { return p.process.End(syscall.SIGKILL) }

// Done is closed when the program has ended.
func (p *Program) Done() <-chan struct{} { return p.process.Done() }

// Stop asks the program to end by SIGTERM and waits for that; one that does not is killed, and reported.
func (p *Program) Stop() error {
	if err := p.process.Signal(syscall.SIGTERM); err != nil {
		return nil //nolint:nilerr // it has ended already
	}
	select {
	case <-p.process.Done():
		return nil
	case <-time.After(waitLimit):
		return fmt.Errorf("%s did not end within %v of SIGTERM: %w", p.Name, waitLimit, p.Kill())
	}
}
