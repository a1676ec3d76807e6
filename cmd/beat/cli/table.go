package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// widestCell is the most characters of a cell; longer ones are cut.
const widestCell = 60

// table is rows of text that are printed in columns.
type table struct {
	rows [][]string
}

// add appends a row.
func (t *table) add(cells ...string) {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = printable(c)
		if i < len(cells)-1 { // the last column harms no other
			row[i] = cut(row[i])
		}
	}
	t.rows = append(t.rows, row)
}

// write prints the rows with columns as wide as they need.
func (t *table) write(w io.Writer, indent string) error {
	var widths []int
	for _, row := range t.rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	var out, line strings.Builder
	for _, row := range t.rows {
		line.Reset()
		line.WriteString(indent)
		for i, c := range row {
			line.WriteString(c)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c)+2))
			}
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

func cut(s string) string {
	if utf8.RuneCountInString(s) <= widestCell {
		return s
	}
	return string([]rune(s)[:widestCell-1]) + "…"
}

// printable replaces what would move the cursor or change colours: texts of rows come from anybody who may write them.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return utf8.RuneError
		}
		return r
	}, s)
}
