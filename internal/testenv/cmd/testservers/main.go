package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
)

func main() {
	// The kernel ends the command when the thread that started it does, so that thread must be the one that lasts.
	runtime.LockOSThread()
	install := flag.String("install", "", "program that installs the Debian packages given as arguments")
	memory := flag.Bool("memory", false, "keep temporary files in memory, if there is much of it")
	hold := flag.String("hold", "", "kind of server to hold until standard input ends")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	var err error
	switch {
	case *hold != "":
		err = holdServer(ctx, *hold, os.Stdin, os.Stdout)
	case flag.NArg() > 0:
		err = runCommand(ctx, *install, *memory, flag.Args())
	default:
		err = errors.New("no command given, see go doc ./internal/testenv/cmd/testservers")
	}
	os.Exit(exitCode(err))
}

// exitCode prints err, unless it only says that the command, which has printed its own, was not successful.
func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return exit.ExitCode()
	default:
		fmt.Fprintln(os.Stderr, "testservers:", err)
		return 1
	}
}
