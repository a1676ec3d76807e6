package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gobeat/gobeat/internal/fault/trial"
)

// Log takes figures as they come. It is for one goroutine.
type Log struct {
	file   *os.File
	out    io.Writer
	all    []trial.Figure
	broken bool
	errs   []error
}

// Open starts a new file of figures, and prints a line for each to out.
func Open(path string, out io.Writer) (*Log, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("keep figures: %w", err)
	}
	return &Log{file: f, out: out}, nil
}

// Add takes a figure.
func (l *Log) Add(f trial.Figure) {
	l.all = append(l.all, f)
	if err := json.NewEncoder(l.file).Encode(&f); err != nil {
		l.errs = append(l.errs, err)
	}
	verdict := "ok    "
	if !f.OK {
		verdict = "MISSED"
	}
	fmt.Fprintf(l.out, "%s %-4s %-11s %-8s %s%s | bar: %s\n", verdict, f.Test, f.Who, f.Broker, prefix(f.What), f.Figure, f.Bar)
}

// Broken notes a test that could not be run to its end.
func (l *Log) Broken(test string, err error) {
	l.broken = true
	fmt.Fprintf(l.out, "BROKEN %-4s %v\n", test, err)
}

// Figures returns all so far.
func (l *Log) Figures() []trial.Figure { return l.all }

// OK tells whether every test of ours ran and reached its bars; peers may miss them.
func (l *Log) OK() bool {
	for i := range l.all {
		if !l.all[i].OK && l.all[i].Who == trial.Gobeat {
			return false
		}
	}
	return !l.broken
}

// Close closes the file.
func (l *Log) Close() error { return errors.Join(append(l.errs, l.file.Close())...) }

func prefix(what string) string {
	if what == "" {
		return ""
	}
	return what + ": "
}
