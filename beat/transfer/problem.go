package transfer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gobeat/gobeat/beat"
)

// A Problem is one thing that is wrong with a task of a file, or that the store has no place for.
type Problem struct {
	Document int    // which one of the file, from 1; the first one is its head
	Name     string // of the task, if it has one
	Schedule int    // which one of the task, from 1; 0: it concerns the task, or its only schedule

	Field, Value string // may be empty
	Problem      string // what is wrong with the value, and what is allowed
}

// String names the entry, the field and the value in one line.
func (p Problem) String() string {
	var where strings.Builder
	fmt.Fprintf(&where, "document %d", p.Document)
	if p.Name != "" {
		fmt.Fprintf(&where, ", %q", p.Name)
	}
	if p.Schedule > 0 {
		fmt.Fprintf(&where, ", schedule %d", p.Schedule)
	}
	what := beat.EntryError{Field: p.Field, Value: p.Value, Problem: p.Problem}
	return where.String() + ": " + what.Reason()
}

// problemOf is what an error says about an entry.
func problemOf(e *beat.EntryError) Problem {
	return Problem{Field: e.Field, Value: e.Value, Problem: e.Problem}
}

// A RefusedError says what of a file is not imported, and why.
type RefusedError struct {
	Tasks    int       // how many have problems
	Problems []Problem // in the order of the file
	Others   bool      // the other tasks are imported; otherwise nothing was written

	broken bool // the file cannot be read to its end
}

// Error has a line for each problem.
func (e *RefusedError) Error() string {
	var text strings.Builder
	if e.Others {
		fmt.Fprintf(&text, "%d of the tasks are left out:", e.Tasks)
	} else {
		fmt.Fprintf(&text, "nothing is imported, because of %d of the tasks:", e.Tasks)
	}
	for _, p := range e.Problems {
		text.WriteString("\n" + p.String())
	}
	return text.String()
}

// has tells whether a document of the file has problems.
func (e *RefusedError) has(document int) bool {
	_, found := slices.BinarySearchFunc(e.Problems, document, func(p Problem, document int) int { return cmp.Compare(p.Document, document) })
	return found
}
