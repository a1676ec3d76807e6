//go:build !unix

package cli

import (
	"context"
	"os"
	"syscall"
)

func (a *App) detach(context.Context) error {
	return usagef("detach: not available on this system; run it as a service instead")
}

func (a *App) detached() bool { return false }

func (a *App) ready() error { return nil }

// HangupSignals are the signals that App.Hangups passes on.
func HangupSignals() []os.Signal { return []os.Signal{syscall.SIGHUP} }

func opensLogOnly(os.Signal) bool { return false }
