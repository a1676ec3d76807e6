package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitPidfileHeld = 73
)

// A UsageError says that the command line is wrong.
type UsageError struct{ Problem string }

// Error returns the problem.
func (e *UsageError) Error() string { return e.Problem }

func usagef(format string, args ...any) error {
	return &UsageError{Problem: fmt.Sprintf(format, args...)}
}

// errSilent means that a command failed and has said why itself.
var errSilent = errors.New("failed")

// exitStatus is the exit code of a process that this one stands for and that has said why itself.
type exitStatus int

// Error tells the code.
func (s exitStatus) Error() string { return fmt.Sprintf("exit code %d", int(s)) }

// report prints an error, a line for each thing that is wrong, and returns the exit code.
func (a *App) report(err error) int {
	if err == nil {
		return exitOK
	}
	if code, ok := errors.AsType[exitStatus](err); ok {
		return int(code)
	}
	if !errors.Is(err, errSilent) {
		for line := range strings.Lines(err.Error()) {
			if line = strings.TrimSpace(line); line != "" {
				fmt.Fprintf(a.Err, "beat: %s\n", line)
			}
		}
	}
	return a.exitCode(err)
}

func (a *App) exitCode(err error) int {
	if _, ok := errors.AsType[*pidfileHeldError](err); ok {
		return exitPidfileHeld
	}
	if _, ok := errors.AsType[*UsageError](err); ok || !a.begun {
		return exitUsage
	}
	if _, ok := errors.AsType[*config.FieldError](err); ok {
		return exitUsage
	}
	return exitFailed
}

// flagError adds to an error of the flag parser what was probably meant.
func flagError(cmd *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return usagef("%s; see %s --help", err, cmd.CommandPath())
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	name := unknown.GetSpecifiedName()
	if near := config.Nearest(name, names); near != "" && len(name) > 1 {
		return usagef("unknown flag --%s; did you mean --%s?", name, near)
	}
	return usagef("%s; see %s --help", err, cmd.CommandPath())
}

// noArgs refuses arguments.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no argument %q; see %s --help", cmd.CommandPath(), args[0], cmd.CommandPath())
	}
	return nil
}
