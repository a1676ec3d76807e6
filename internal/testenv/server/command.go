package server

import (
	"context"
	"fmt"
	"os/exec"
)

// foreground makes the command of a server, which lives until it is told to end, whatever becomes of the context of
// the call that starts it.
func foreground(program string, args ...string) *exec.Cmd {
	return exec.CommandContext(context.Background(), program, args...)
}

// quietly runs a preparing command to its end; what it printed is part of the error.
func quietly(cmd *exec.Cmd) error {
	output, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("running %s: %w\n%s", cmd.Path, err, output)
	}
	return nil
}
