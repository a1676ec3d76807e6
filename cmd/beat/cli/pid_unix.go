//go:build unix

package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
)

// celeryIn returns the process of a celery beat that runs and whose pidfile this is; 0 when there is none. A beat of ours keeps
// its pidfile locked, and what a dead process left behind counts for nothing, even if another program has its number now.
func celeryIn(path string) int {
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return 0
	}
	pid := readPid(f)
	if pid == os.Getpid() || !runsAs(pid, "celery") {
		return 0
	}
	return pid
}

// runsAs tells whether there is a process of that number, whoever it belongs to, and one of the words stands in its command
// line or title. Where that cannot be read, as outside of Linux, its number has to do.
func runsAs(pid int, words ...string) bool {
	if pid <= 0 {
		return false
	}
	if err := syscall.Kill(pid, 0); err != nil && !errors.Is(err, syscall.EPERM) {
		return false
	}
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return err != nil || slices.ContainsFunc(words, func(word string) bool { return bytes.Contains(line, []byte(word)) })
}
