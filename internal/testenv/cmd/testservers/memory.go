package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// shared is where Linux offers files that are kept in memory.
	shared = "/dev/shm"
	// leastFree is how much memory must be free for temporary files to be kept there.
	leastFree = 8 << 30
	// temporary begins the names of our folders.
	temporary = "gobeat-test-"
)

// memoryFolder makes a folder that is kept in memory, or returns "" when that is not possible or there is not much memory.
// Tests make and remove databases by the thousand, and disks are slow at that: half of the time of the tests of SQL stores
// went by in finding free inodes. The folder is locked until the file is closed, so that those that a killed process left
// behind, which no restart of the machine may remove for long, are known and removed.
func memoryFolder() (folder string, lock *os.File, err error) {
	if free, err := freeMemory(); err != nil || free < leastFree {
		return "", nil, nil //nolint:nilerr // the disk will do
	}
	if err := removeLeft(); err != nil {
		return "", nil, fmt.Errorf("removing what was left behind: %w", err)
	}
	if folder, err = os.MkdirTemp(shared, temporary); err != nil {
		return "", nil, nil //nolint:nilerr // the same
	}
	if lock, err = lockFolder(folder); err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(folder))
	}
	return folder, lock, nil
}

// removeLeft removes folders that nobody has locked, but for those that were made just now.
func removeLeft() error {
	left, err := filepath.Glob(filepath.Join(shared, temporary+"*"))
	if err != nil {
		return err
	}
	for _, folder := range left {
		info, err := os.Stat(folder)
		if err != nil || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		lock, err := lockFolder(folder)
		if err != nil {
			continue
		}
		if err := errors.Join(os.RemoveAll(folder), lock.Close()); err != nil {
			return err
		}
	}
	return nil
}

// lockFolder locks a folder, and returns an error when another process has locked it.
func lockFolder(folder string) (*os.File, error) {
	f, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("locking %s: %w", folder, err), f.Close())
	}
	return f, nil
}

// freeMemory returns how many bytes of files fit into memory: none when programs may not be run from there, since tests
// build some.
func freeMemory() (int64, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(shared, &fs); err != nil {
		return 0, err
	}
	if fs.Type != unix.TMPFS_MAGIC || fs.Flags&unix.ST_NOEXEC != 0 {
		return 0, nil
	}
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), "MemAvailable:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0, errors.New("/proc/meminfo does not say what is available")
	}
	kilobytes, err := strconv.ParseInt(fields[0], 10, 64)
	return min(int64(fs.Bavail)*fs.Bsize, kilobytes<<10), err
}
