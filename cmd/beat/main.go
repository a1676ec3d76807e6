// Command beat sends the periodic tasks of a database to Celery workers. See package cli for its commands.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // for images that have no time zones

	"github.com/gobeat/gobeat/cmd/beat/cli"
)

var version string // set by the linker

func main() {
	if err := cli.HideSecrets(os.Args, os.Environ()); err != nil {
		fmt.Fprintln(os.Stderr, "beat:", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends the process at once
	cli.QuietLibraries()
	app := &cli.App{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Name: os.Args[0], Hangups: hangups, Version: version,
	}
	code := app.Execute(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// hangups returns the signals that ask for a new log or new settings until ctx ends. Commands that do not ask for them
// end by one, as usual.
func hangups(ctx context.Context) <-chan os.Signal {
	c := make(chan os.Signal, 1)
	signal.Notify(c, cli.HangupSignals()...)
	context.AfterFunc(ctx, func() { signal.Stop(c) })
	return c
}
