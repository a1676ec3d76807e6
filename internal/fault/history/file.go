package history

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Read reads a file of JSON lines.
func Read[T any](path string) ([]T, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	defer f.Close()
	var all []T
	for d := json.NewDecoder(bufio.NewReader(f)); ; {
		var one T
		err := d.Decode(&one)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read history %s, after %d lines: %w", path, len(all), err)
		}
		all = append(all, one)
	}
}

// Write replaces a file by JSON lines.
func Write[T any](path string, all []T) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	w := bufio.NewWriter(f)
	for i := range all {
		if err := json.NewEncoder(w).Encode(all[i]); err != nil {
			return fmt.Errorf("write history %s: %w", path, err)
		}
	}
	return w.Flush()
}
