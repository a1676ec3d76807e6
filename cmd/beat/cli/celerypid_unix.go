//go:build unix

package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
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
	if pid == os.Getpid() || !alive(pid) || !isCelery(pid) {
		return 0
	}
	return pid
}

// alive tells whether there is a process of that number, whoever it belongs to.
func alive(pid int) bool {
	if pid <= 0 {
		return false
	}
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// isCelery tells whether a process may be Celery's, which has that word in its command line or title. Where that cannot be
// read it may.
func isCelery(pid int) bool {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return err != nil || bytes.Contains(line, []byte("celery"))
}
