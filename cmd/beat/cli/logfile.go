package cli

import (
	"fmt"
	"io"
	"os"
	"sync"
)

// logOutput is where the log goes: standard error, or a file that can be opened anew after it was rotated.
type logOutput struct {
	mu   sync.Mutex
	errw io.Writer
	file *os.File // nil: errw
}

// open goes on with the file of that name; empty means standard error. After an error it stays where it was.
func (o *logOutput) open(path string) error {
	var file *os.File
	if path != "" {
		var err error
		if file, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644); err != nil {
			return fmt.Errorf("open the log: %w", err)
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	old := o.file
	o.file = file
	if old != nil {
		return old.Close()
	}
	return nil
}

// Write writes one line of the log.
func (o *logOutput) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.file != nil {
		return o.file.Write(p)
	}
	return o.errw.Write(p)
}

// Close goes back to standard error.
func (o *logOutput) Close() error { return o.open("") }
