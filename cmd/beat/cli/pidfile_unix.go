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

// holdPidfile writes the process id into the file and keeps it locked until it is released. The lock, not the file, tells
// whether somebody holds it: what a dead process left behind is taken over. Where the file system has no locks, as NFS may
// have none, the process id in it tells, as it does with Celery.
func holdPidfile(path string) (heldPidfile, error) { return holdPidfileBy(path, flock) }

// flock locks a file for this process.
func flock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

func holdPidfileBy(path string, lock func(*os.File) error) (heldPidfile, error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return heldPidfile{}, fmt.Errorf("open the pidfile: %w", err)
		}
		err = lock(f)
		if lacksLocks(err) {
			return holdByNumber(f, err)
		}
		held, err := lockPidfile(f, err)
		if err != nil {
			return heldPidfile{}, errors.Join(err, f.Close())
		}
		if !held { // its holder removed it in between
			if err := f.Close(); err != nil {
				return heldPidfile{}, fmt.Errorf("close the pidfile: %w", err)
			}
			continue
		}
		if err := writePid(f); err != nil {
			return heldPidfile{}, errors.Join(err, f.Close())
		}
		return heldPidfile{release: func() error { return errors.Join(os.Remove(path), f.Close()) }}, nil
	}
}

// lacksLocks tells whether an error means that the file system cannot lock files.
func lacksLocks(err error) bool {
	return errors.Is(err, syscall.ENOLCK) || errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.EOPNOTSUPP) ||
		errors.Is(err, syscall.ENOTSUP)
}

// lockPidfile says what became of locking. It returns false when the locked file is not the one of that name any more.
func lockPidfile(f *os.File, err error) (bool, error) {
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

// holdByNumber holds a pidfile that cannot be locked, unless the process in it is another beat that runs.
func holdByNumber(f *os.File, noLock error) (heldPidfile, error) {
	if pid := readPid(f); pid != os.Getpid() && runsAs(pid, "beat", "celery") {
		return heldPidfile{}, errors.Join(&pidfileHeldError{path: f.Name(), pid: pid}, f.Close())
	}
	if err := errors.Join(writePid(f), f.Close()); err != nil {
		return heldPidfile{}, err
	}
	path := f.Name()
	return heldPidfile{noLock: noLock, release: func() error { return removeOwn(path) }}, nil
}

// removeOwn removes a pidfile unless another process has taken it over.
func removeOwn(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("release the pidfile: %w", err)
	}
	pid := readPid(f)
	if err := f.Close(); err != nil || pid != os.Getpid() {
		return err
	}
	return os.Remove(path)
}

// readPid returns the number in a pidfile; 0 when it holds none.
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
