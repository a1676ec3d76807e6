//go:build unix

package cli

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
)

// startedAs starts a process with a title and returns its number.
func startedAs(t *testing.T, title string) int {
	t.Helper()
	path, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, "3600")
	cmd.Args[0] = title
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd.Process.Pid
}

// TestPidfileWithoutLocks is what happens where the file system has no locks: the number in the file counts, as with Celery.
func TestPidfileWithoutLocks(t *testing.T) {
	t.Parallel()
	own := strconv.Itoa(os.Getpid())
	for _, no := range []error{syscall.ENOLCK, syscall.EOPNOTSUPP, syscall.ENOSYS} {
		lock := func(*os.File) error { return no }
		for name, content := range map[string]string{
			"nothing": "", "a dead process": "99999999\n", "this process": own, "no number": "beat", "a group": "-1",
		} {
			path := filepath.Join(t.TempDir(), "beat.pid")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			held, err := holdPidfileBy(path, lock)
			if err != nil || !errors.Is(held.noLock, no) {
				t.Errorf("%s: %+v, %v, want it held and told %v", name, held, err, no)
				continue
			}
			if text, err := os.ReadFile(path); err != nil || string(text) != own+"\n" {
				t.Errorf("%s: the file holds %q, %v", name, text, err)
			}
			if err := held.release(); err != nil {
				t.Errorf("%s: release: %v", name, err)
			}
			if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s: the file is still there: %v", name, err)
			}
		}
	}
}

func TestPidfileOfAnotherWithoutLocks(t *testing.T) {
	t.Parallel()
	lock := func(*os.File) error { return syscall.ENOLCK }
	path := filepath.Join(t.TempDir(), "beat.pid")
	write := func(pid int) {
		t.Helper()
		if err := os.WriteFile(path, []byte(strconv.Itoa(pid)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	other := startedAs(t, "beat")
	write(other)
	_, err := holdPidfileBy(path, lock)
	if held, ok := errors.AsType[*pidfileHeldError](err); !ok || held.pid != other {
		t.Errorf("held by another beat: %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != strconv.Itoa(other)+"\n" {
		t.Errorf("then the file holds %q, %v", text, err)
	}
	if runtime.GOOS == "linux" { // elsewhere it cannot be told
		write(startedAs(t, "postgres"))
		if _, err := holdPidfileBy(path, lock); err != nil {
			t.Errorf("its number was given to another program: %v", err)
		}
	}

	// Another one that takes the file over keeps it.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	held, err := holdPidfileBy(path, lock)
	if err != nil {
		t.Fatal(err)
	}
	write(other)
	if err := held.release(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the file of another was removed: %v", err)
	}
}

func TestPidfileThatCannotBeLocked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "beat.pid")
	_, err := holdPidfileBy(path, func(*os.File) error { return syscall.EIO })
	if !errors.Is(err, syscall.EIO) {
		t.Errorf("got %v, want that it cannot be locked", err)
	}
}
