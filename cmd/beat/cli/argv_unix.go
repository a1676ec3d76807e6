//go:build unix

package cli

import (
	"fmt"
	"os"
	"syscall"
)

// replace starts the program anew in the place of this process.
func replace(args, environ []string) error {
	program, err := os.Executable()
	if err == nil {
		err = syscall.Exec(program, args, environ) //nolint:gosec // it is this program
	}
	return fmt.Errorf("take passwords off the command line: %w", err)
}
