package python

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lock keeps two processes from building the same environment at once. It waits for the other one.
func lock(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, fmt.Errorf("making the cache folder: %w", err)
	}
	file, err := os.Create(dir + ".lock")
	if err != nil {
		return nil, fmt.Errorf("making a lock file: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		file.Close()
		return nil, fmt.Errorf("locking %s: %w", file.Name(), err)
	}
	return func() { file.Close() }, nil // closing gives the lock back
}
