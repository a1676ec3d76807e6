package broker

import (
	"errors"
	"fmt"
)

// ErrNotSupported means that a URL is right but names something that this program cannot do.
var ErrNotSupported = errors.New("not supported")

// errUnknownArgument ends the sentence that begins with the name of an argument.
var errUnknownArgument = errors.New("is unknown")

// A URLError says what is wrong with a broker URL. It never holds the password.
type URLError struct {
	URL     string // with the password masked; empty when even that could not be told apart
	Problem string
	Err     error // ErrNotSupported or nil
}

// Error returns the masked URL and the problem in one line.
func (e *URLError) Error() string {
	if e.URL == "" {
		return "broker URL: " + e.Problem
	}
	return fmt.Sprintf("broker URL %s: %s", e.URL, e.Problem)
}

// Unwrap returns ErrNotSupported where that is the reason.
func (e *URLError) Unwrap() error { return e.Err }
