//go:build unix

package celeryapp

import (
	"os/exec"
	"syscall"
)

// inOwnGroup makes the cancellation of a command end its children, too.
func inOwnGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
