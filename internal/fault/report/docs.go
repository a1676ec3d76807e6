package report

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/gobeat/gobeat/internal/fault/trial"
)

// Markers between which Update writes.
const (
	begin = "<!-- begin of the tables that make fault writes -->"
	end   = "<!-- end of the tables that make fault writes -->"
)

// Update replaces the tables of a document by figures. Tests that were not run keep no line.
func Update(path string, figures []trial.Figure) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("update tables: %w", err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, ended := strings.Cut(rest, end)
	if !ok || !ended {
		return fmt.Errorf("update tables: %s has no lines %q and %q", path, begin, end)
	}
	return os.WriteFile(path, []byte(before+begin+"\n\n"+Tables(figures)+"\n"+end+after), 0o644) //nolint:gosec // a document
}

// Tables returns the figures as tables in Markdown: ours, and those of which peers have some, side by side.
func Tables(figures []trial.Figure) string {
	var b strings.Builder
	if len(figures) > 0 {
		f := figures[len(figures)-1]
		form := "full"
		if f.Short {
			form = "short"
		}
		fmt.Fprintf(&b, "%d cores, %s, %s form, seed %d; load of the machine at the end: %s.\n\n", runtime.NumCPU(),
			runtime.Version(), form, f.Seed, f.Load)
	}
	b.WriteString("| test | program | broker | measured | bar | |\n|---|---|---|---|---|---|\n")
	for i := range figures {
		f := &figures[i]
		verdict := "reached"
		if !f.OK {
			verdict = "**missed**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s%s | %s | %s |\n", f.Test, f.Who, f.Broker, prefix(f.What), cell(f.Figure), cell(f.Bar), verdict)
	}
	return b.String()
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
