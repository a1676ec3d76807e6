package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// Stop has the whole group stand still, and returns when it does: SIGSTOP only tells it to, and on a busy machine
// threads that run go on until one that has to wait for a processor has taken the signal.
func (p *Process) Stop(ctx context.Context) error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	look := time.NewTicker(time.Millisecond) // the kernel tells only parents, and only of their children
	defer look.Stop()
	for {
		running, err := p.running()
		if err != nil || !running {
			return err
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting until process group %d stands still: %w", p.group, context.Cause(ctx))
		}
	}
}

// running tells whether a thread of the group is not stopped.
func (p *Process) running() (bool, error) {
	processes, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return false, err
	}
	for _, path := range processes {
		one, err := readStat(path)
		if err != nil {
			return false, err
		}
		if one.group != p.group {
			continue
		}
		threads, err := filepath.Glob(filepath.Join(filepath.Dir(path), "task/[0-9]*/stat"))
		if err != nil {
			return false, err
		}
		for _, path := range threads {
			thread, err := readStat(path)
			if err != nil {
				return false, err
			}
			if thread.running() {
				return true, nil
			}
		}
	}
	return false, nil
}

// stat is what the kernel says of a process or thread, see proc_pid_stat(5).
type stat struct {
	state byte
	group int
}

func (s stat) running() bool {
	return s.group != 0 && s.state != 'T' && s.state != 'Z' && s.state != 'X'
}

// readStat returns the zero stat of one that has ended.
func readStat(path string) (stat, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return stat{}, nil
	}
	if err != nil {
		return stat{}, err
	}
	// The name before them may hold anything, even brackets: state, parent, group.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 3 || len(fields[0]) != 1 {
		return stat{}, fmt.Errorf("%s: %q: want a state, a parent and a group", path, text)
	}
	group, err := strconv.Atoi(string(fields[2]))
	if err != nil {
		return stat{}, fmt.Errorf("%s: group: %w", path, err)
	}
	return stat{fields[0][0], group}, nil
}
