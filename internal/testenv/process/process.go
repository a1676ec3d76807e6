package process

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// ErrNotRunning is returned when a signal finds nobody.
var ErrNotRunning = errors.New("not running")

// Process is a running child with all of its descendants. Its methods may be called from several goroutines.
type Process struct {
	group int
	done  chan struct{} // closed by run
}

// Start starts cmd, whose Stdout and Stderr must not be set, and calls each for every line that it or a descendant
// prints, from another goroutine and with the line's end, until all of them have ended.
func Start(cmd *exec.Cmd, each func(line string)) (*Process, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe: %w", err)
	}
	cmd.Stdout, cmd.Stderr = write, write
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL

	p := &Process{done: make(chan struct{})}
	started := make(chan error)
	go p.run(cmd, read, write, each, started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", cmd.Path, err)
	}
	return p, nil
}

// run owns the child from start to end. It never leaves its thread, see the package comment.
func (p *Process) run(cmd *exec.Cmd, read, write *os.File, each func(string), started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(p.done)
	defer read.Close()

	err := cmd.Start()
	write.Close() // the child has its own; ours would keep the pipe open for ever
	if err == nil {
		p.group = cmd.Process.Pid
	}
	started <- err
	if err != nil {
		return
	}
	for lines := bufio.NewReader(read); err == nil; {
		var line string
		line, err = lines.ReadString('\n')
		if line != "" {
			each(line)
		}
	}
	// How it ended is of no interest: it was killed, or what it printed says why.
	_ = cmd.Wait()
}

// ID returns the number of the child, which is that of its group too.
func (p *Process) ID() int { return p.group }

// Done is closed when the child has ended and nothing of its group can print any more.
func (p *Process) Done() <-chan struct{} { return p.done }

// Signal sends a signal to the whole group. It returns ErrNotRunning when that is gone.
func (p *Process) Signal(s syscall.Signal) error {
	select {
	case <-p.done:
		return ErrNotRunning // the number may belong to somebody else by now
	default:
	}
	err := syscall.Kill(-p.group, s)
	if errors.Is(err, syscall.ESRCH) {
		return ErrNotRunning
	}
	return err
}

// End sends a signal and blocks until Done.
func (p *Process) End(s syscall.Signal) error {
	if err := p.Signal(s); err != nil && !errors.Is(err, ErrNotRunning) {
		return err
	}
	<-p.done
	return nil
}
