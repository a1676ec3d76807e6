package message

import (
	"errors"
	"fmt"
)

// Errors of a publisher that its caller tells apart.
var (
	// ErrUnavailable means that the broker cannot be reached or does not accept work now; it is worth another attempt.
	ErrUnavailable = errors.New("broker unavailable")
	// ErrBlocked is an ErrUnavailable of a broker that is reached and for the time being takes nothing from anybody.
	ErrBlocked = fmt.Errorf("%w, it blocks publishers", ErrUnavailable)
	// ErrClosed means that the publisher was closed.
	ErrClosed = errors.New("publisher closed")
)

// A FencedError means that another leader has taken over at the broker.
type FencedError struct {
	Epoch int64 // the epoch that the broker knows, 0 if it cannot tell
}

// Error says which epoch the broker knows.
func (e *FencedError) Error() string {
	return fmt.Sprintf("fenced: the broker follows another leader (epoch %d)", e.Epoch)
}

// An OptionError says which field of a task or option is wrong and what would be right. Value stays empty for
// arguments, which may hold personal data.
type OptionError struct {
	Field   string
	Value   string
	Problem string
}

// Error returns field, value and problem in one line.
func (e *OptionError) Error() string {
	if e.Value == "" {
		return e.Field + ": " + e.Problem
	}
	return fmt.Sprintf("%s: %.80q %s", e.Field, e.Value, e.Problem)
}

func fieldError(field string, err error) error {
	return &OptionError{Field: field, Problem: err.Error()}
}
