package cli

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// protectMemory keeps passwords out of core dumps, and from other processes of the same user that would read the memory
// or the environment of this one.
func protectMemory() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("protect the memory of the process: %w", err)
	}
	return nil
}
