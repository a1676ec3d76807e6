package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/gobeat/gobeat/internal/testenv/python"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// endLimit is how long the command may take to end after it was told to.
const endLimit = 20 * time.Second

// runCommand runs a command beside the servers and ends them afterwards.
func runCommand(ctx context.Context, install string, memory bool, command []string) (err error) {
	installMissing(ctx, install)

	remove, err := makeTemporary(memory)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()

	servers := startAll(ctx)
	defer func() {
		if err != nil && ctx.Err() == nil {
			keepLogs(servers)
		}
		for _, s := range servers {
			err = errors.Join(err, s.Close())
		}
	}()
	var variables []string
	for _, s := range servers {
		variables = append(variables, s.Variables()...)
	}
	return runChild(ctx, command, variables)
}

// startAll starts the servers and builds the Python environments, all at the same time.
func startAll(ctx context.Context) []*server.Server {
	var (
		group   sync.WaitGroup
		mu      sync.Mutex
		servers []*server.Server
	)
	for _, kind := range wanted() {
		group.Go(func() {
			begin := time.Now()
			s, err := server.Start(ctx, kind)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				fmt.Fprintln(os.Stderr, "testservers:", err)
				return
			}
			fmt.Printf("testservers: %s is ready after %.1f s\n", kind.Name, time.Since(begin).Seconds())
			servers = append(servers, s)
		})
	}
	for _, environment := range python.All() {
		group.Go(func() {
			begin := time.Now()
			err := environment.Build(ctx)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				fmt.Fprintf(os.Stderr, "testservers: building python environment %q: %v\n", environment.Name, err)
				return
			}
			fmt.Printf("testservers: python %s is ready after %.1f s\n", environment.Name, time.Since(begin).Seconds())
		})
	}
	group.Wait()
	return servers
}

// runChild runs the command in a process group of its own, so that only we react to Ctrl-C, and nothing it started
// survives it.
func runChild(ctx context.Context, command, variables []string) error {
	child := exec.CommandContext(ctx, command[0], command[1:]...)
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	child.Env = append(os.Environ(), variables...)
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	child.Cancel = func() error { return syscall.Kill(-child.Process.Pid, syscall.SIGTERM) }
	child.WaitDelay = endLimit
	if err := child.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", command[0], err)
	}
	err := child.Wait()
	if left := syscall.Kill(-child.Process.Pid, syscall.SIGKILL); left != nil && !errors.Is(left, syscall.ESRCH) {
		return errors.Join(err, fmt.Errorf("ending what %s left behind: %w", command[0], left))
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s was stopped: %w", command[0], context.Cause(ctx))
	}
	return err
}

// keepLogs saves what the servers printed where a person can read it after the run.
func keepLogs(servers []*server.Server) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return
	}
	dir := filepath.Join(cache, "gobeat", "logs")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return
	}
	for _, s := range servers {
		if err := os.WriteFile(filepath.Join(dir, s.Name()+".log"), []byte(s.Log()), 0o600); err != nil {
			return
		}
	}
	fmt.Fprintln(os.Stderr, "testservers: the logs of the servers are in", dir)
}

// makeTemporary has everything temporary lie below one folder, so that also what crashed tests leave behind goes away. What
// Go builds is large and stays on the disk.
func makeTemporary(memory bool) (remove func() error, err error) {
	dir, err := os.MkdirTemp("", temporary)
	if err != nil {
		return nil, fmt.Errorf("making a folder for temporary files: %w", err)
	}
	remove = func() error { return os.RemoveAll(dir) }
	data := dir
	if memory {
		folder, lock, err := memoryFolder()
		if err != nil {
			return nil, errors.Join(fmt.Errorf("making a folder in memory: %w", err), remove())
		}
		if folder != "" {
			data = folder
			remove = func() error { return errors.Join(os.RemoveAll(folder), lock.Close(), os.RemoveAll(dir)) }
		}
	}
	// Servers may run under another account, hence the mode.
	err = errors.Join(os.Chmod(dir, 0o755), os.Chmod(data, 0o755), os.Setenv("TMPDIR", data), os.Setenv("GOTMPDIR", dir))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the folder for temporary files: %w", err), remove())
	}
	return remove, nil
}
