package cli

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestProtectMemory(t *testing.T) {
	t.Parallel()
	if err := protectMemory(); err != nil {
		t.Fatal(err)
	}
	if dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || dumpable != 0 {
		t.Errorf("dumpable is %d, %v, want 0", dumpable, err)
	}
}
