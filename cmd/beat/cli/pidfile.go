package cli

import "fmt"

// heldPidfile is a pidfile that this process holds.
type heldPidfile struct {
	release func() error // removes it
	noLock  error        // why it is not locked; nil: it is
}

// A pidfileHeldError means that another process that is alive holds the pidfile.
type pidfileHeldError struct {
	path string
	pid  int // 0: unknown
}

// Error names the file and the process.
func (e *pidfileHeldError) Error() string {
	return fmt.Sprintf("pidfile %s is held by process %d", e.path, e.pid)
}
