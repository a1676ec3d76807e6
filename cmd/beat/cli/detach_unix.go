//go:build unix

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// readyVariable tells a process that it was started by --detach, and on which descriptor to say that it is ready.
const readyVariable = "BEAT_DETACHED_READY"

// detach starts this command line again, in a session of its own, and returns when that process has said that it is
// ready: its settings are right, it holds the pidfile and the log is open. A program in Go cannot fork itself, because
// only one of its threads would go along. What the process prints until then is seen here, and its exit code if it ends
// before is that of this process.
func (a *App) detach(ctx context.Context) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the program to detach: %w", err)
	}
	ready, tell, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("open a pipe to the detached process: %w", err)
	}
	defer ready.Close()
	cmd := exec.Command(program, a.args...) //nolint:noctx // it outlives this process and its context
	cmd.Args[0] = a.Name
	cmd.Dir = a.startDir
	cmd.Env = append(os.Environ(), readyVariable+"=3")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.ExtraFiles = []*os.File{tell} // descriptor 3
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	if err := errors.Join(err, tell.Close()); err != nil {
		return fmt.Errorf("start the detached process: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
	defer stop()
	if _, err := ready.Read(make([]byte, 1)); err == nil {
		return cmd.Process.Release()
	} else if !errors.Is(err, io.EOF) {
		return fmt.Errorf("wait for the detached process: %w", err)
	}
	if exit, ok := errors.AsType[*exec.ExitError](cmd.Wait()); ok {
		return exitStatus(exit.ExitCode())
	}
	return errors.New("the detached process has ended before it was ready")
}

// detached tells whether this process was started by --detach.
func (a *App) detached() bool {
	_, ok := a.LookupEnv(readyVariable)
	return ok
}

// ready lets the process that was asked to detach go, and leaves its terminal.
func (a *App) ready() error {
	fd, ok := a.LookupEnv(readyVariable)
	if !ok {
		return nil
	}
	n, err := strconv.Atoi(fd)
	if err != nil {
		return fmt.Errorf("%s=%q is not a descriptor: %w", readyVariable, fd, err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("leave the terminal: %w", err)
	}
	defer null.Close()
	for _, std := range []int{0, 1, 2} {
		if err := unix.Dup2(int(null.Fd()), std); err != nil {
			return fmt.Errorf("leave the terminal: %w", err)
		}
	}
	tell := os.NewFile(uintptr(n), "ready")
	_, err = tell.Write([]byte{'\n'})
	return errors.Join(err, tell.Close())
}

// HangupSignals are the signals that App.Hangups passes on: SIGHUP reads the settings again and opens the log anew,
// SIGUSR1 only opens the log anew.
func HangupSignals() []os.Signal { return []os.Signal{syscall.SIGHUP, syscall.SIGUSR1} }

// opensLogOnly tells what is asked for by one of HangupSignals.
func opensLogOnly(s os.Signal) bool { return s == syscall.SIGUSR1 }
