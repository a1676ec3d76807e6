//go:build unix

package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// holdPidfile writes the process id into the file and keeps it locked until release is called, which removes it. The
// lock, not the file, tells whether somebody holds it: what a dead process left behind is taken over.
func holdPidfile(path string) (release func() error, err error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return nil, fmt.Errorf("open the pidfile: %w", err)
		}
		held, err := lockPidfile(f)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if !held { // its holder removed it in between
			if err := f.Close(); err != nil {
				return nil, fmt.Errorf("close the pidfile: %w", err)
			}
			continue
		}
		if err := writePid(f); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return func() error { return errors.Join(os.Remove(path), f.Close()) }, nil
	}
}

// lockPidfile returns false when the locked file is not the one of that name any more.
func lockPidfile(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, &pidfileHeldError{path: f.Name(), pid: readPid(f)}
	}
	if err != nil {
		return false, fmt.Errorf("lock the pidfile %s: %w", f.Name(), err)
	}
	locked, err := f.Stat()
	if err != nil {
		return false, fmt.Errorf("look at the pidfile: %w", err)
	}
	named, err := os.Stat(f.Name())
	return err == nil && os.SameFile(locked, named), nil
}

func readPid(f *os.File) int {
	content, err := io.ReadAll(io.LimitReader(f, 32))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return 0
	}
	return pid
}

func writePid(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return fmt.Errorf("empty the pidfile: %w", err)
	}
	if _, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		return fmt.Errorf("write the pidfile: %w", err)
	}
	return nil
}
