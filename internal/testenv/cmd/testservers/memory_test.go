package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestMemoryFolder: what a killed process has left in memory is removed, and what a running one uses is not.
func TestMemoryFolder(t *testing.T) {
	if free, err := freeMemory(); err != nil || free < leastFree {
		t.Skipf("%d bytes of memory are free, %v", free, err)
	}
	old := func(name string) string {
		t.Helper()
		folder := filepath.Join(shared, fmt.Sprint(temporary, name, os.Getpid()))
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(folder) })
		if err := os.Chtimes(folder, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
		return folder
	}
	left, used := old("left-"), old("used-")
	lock, err := lockFolder(used)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	folder, mine, err := memoryFolder()
	if err != nil || folder == "" {
		t.Fatalf("%q, %v", folder, err)
	}
	defer func() { _ = os.RemoveAll(folder); _ = mine.Close() }()
	for path, want := range map[string]bool{left: false, used: true, folder: true} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: %v, want it there: %t", path, err, want)
		}
	}
	if _, err := lockFolder(folder); err == nil {
		t.Error("the folder is not locked")
	}
}
