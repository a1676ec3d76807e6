package config

import (
	"fmt"
	"strings"
)

// A FieldError says which setting is wrong, where it was set, and what would be right.
type FieldError struct {
	Field   string
	Value   string // masked if the setting is a secret
	Source  string // as of Config.Origin; empty when it is not known
	Problem string // what the value must be, for example "is not one of auto, off"
}

// Error returns all of it in one line.
func (e *FieldError) Error() string {
	source := ""
	if e.Source != "" {
		source = " (" + e.Source + ")"
	}
	return fmt.Sprintf("%s: %.120q%s %s", e.Field, e.Value, source, e.Problem)
}

// Errors is what is wrong with a set of settings, each setting once.
type Errors []*FieldError

// Error returns one line for each.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, err := range e {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the single errors.
func (e Errors) Unwrap() []error {
	out := make([]error, len(e))
	for i, err := range e {
		out[i] = err
	}
	return out
}

func (e Errors) orNil() error {
	if len(e) == 0 {
		return nil
	}
	return e
}
