package cli

import "fmt"

// A pidfileHeldError means that another process that is alive holds the pidfile.
type pidfileHeldError struct {
	path string
	pid  int // 0: unknown
}

// Error names the file and the process.
func (e *pidfileHeldError) Error() string {
	return fmt.Sprintf("pidfile %s is held by process %d", e.path, e.pid)
}
