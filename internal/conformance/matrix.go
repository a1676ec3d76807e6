package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// groups are the columns: the letter before the number of a test of the suite, and what it is about. Tests named after a
// scheduler have no number.
var groups = []struct{ letter, about string }{ //nolint:gochecknoglobals // a table
	{"S", "entries"},
	{"D", "due"},
	{"E", "executions"},
	{"C", "changes"},
	{"L", "leases, claims"},
	{"V", "locks"},
	{"W", "crew"},
	{"R", "recovery"},
	{"O", "opening"},
	{"", "seeds"},
}

// count is how often tests ended which way.
type count struct{ passed, skipped, failed int }

// matrix counts tests by store and by letter.
type matrix map[string]map[string]*count

// event is what is used of a line of go test -json.
type event struct {
	Action, Package, Test string
}

// read counts the tests in the output of go test -json.
func read(r io.Reader) (matrix, error) {
	m := matrix{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("line %q is not one of go test -json: %w", lines.Text(), err)
		}
		m.add(e)
	}
	return m, lines.Err()
}

func (m matrix) add(e event) {
	store, letter, ok := place(e)
	if !ok {
		return
	}
	if m[store] == nil {
		m[store] = map[string]*count{}
	}
	c := m[store][letter]
	if c == nil {
		c = &count{}
		m[store][letter] = c
	}
	switch e.Action {
	case "pass":
		c.passed++
	case "skip":
		c.skipped++
	case "fail":
		c.failed++
	}
}

// place says which store and which column a test belongs to: that of TestStore/sqlite/claims/L4_exactly is sqlite in L, of
// TestRecovery/sqlite/R1_down sqlite in R, and of TestSeeds/sqlite/Quantum:_states sqlite among the seeds. What stands
// between is the variant of a store.
func place(e event) (store, letter string, ok bool) {
	parts := strings.Split(e.Test, "/")
	last := parts[len(parts)-1]
	variant := parts[1:max(1, len(parts)-1)]
	switch {
	case parts[0] == "TestSeeds" && strings.Contains(last, ":_"):
	case parts[0] == "TestRecovery" && numbered(last):
		letter = last[:1]
	case parts[0] == "TestStore" && len(variant) > 0 && numbered(last):
		letter, variant = last[:1], variant[:len(variant)-1]
	default:
		return "", "", false
	}
	return strings.Join(append([]string{path.Base(e.Package)}, variant...), " "), letter, true
}

func numbered(name string) bool {
	return len(name) > 1 && name[0] >= 'A' && name[0] <= 'Z' && name[1] >= '0' && name[1] <= '9'
}

// print writes the table: passed, and how many were skipped because the store does not offer what they are about.
func (m matrix) print(w io.Writer) error {
	head, rule := []string{"store"}, []string{"---"}
	for _, g := range groups {
		head, rule = append(head, strings.TrimSpace(g.letter+" "+g.about)), append(rule, "---")
	}
	rows := []string{line(head), line(rule)}
	for _, store := range slices.Sorted(maps.Keys(m)) {
		row := []string{store}
		for _, g := range groups {
			row = append(row, m[store][g.letter].String())
		}
		rows = append(rows, line(row))
	}
	_, err := fmt.Fprintln(w, strings.Join(rows, "\n"))
	return err
}

// line makes a row of a table of its cells.
func line(cells []string) string { return "| " + strings.Join(cells, " | ") + " |" }

// String is such as "12", "12 (1 skipped)" or "11 (1 FAILED)".
func (c *count) String() string {
	if c == nil {
		return "-"
	}
	text := strconv.Itoa(c.passed)
	if c.skipped > 0 {
		text += fmt.Sprintf(" (%d skipped)", c.skipped)
	}
	if c.failed > 0 {
		text += fmt.Sprintf(" (%d FAILED)", c.failed)
	}
	return text
}

// failures returns an error when a test failed, or when there was none.
func (m matrix) failures() error {
	failed := 0
	for _, groups := range m {
		for _, c := range groups {
			failed += c.failed
		}
	}
	switch {
	case len(m) == 0:
		return errors.New("no test of a store was seen")
	case failed > 0:
		return fmt.Errorf("%d tests failed", failed)
	}
	return nil
}
