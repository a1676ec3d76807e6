package gocelery

import "fmt"

// A CarryError says what of a message a broker of gocelery cannot carry. Value stays empty for arguments, which may hold
// personal data.
type CarryError struct {
	Field   string // as in a row or a setting
	Value   string
	Problem string // what would be right
}

// Error returns field, value and problem in one line.
func (e *CarryError) Error() string {
	if e.Value == "" {
		return "gocelery: " + e.Field + " " + e.Problem
	}
	return fmt.Sprintf("gocelery: %s %.80q %s", e.Field, e.Value, e.Problem)
}
