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

// Tables returns the figures as tables in Markdown: ours, and those of which peers have some, side by side. Of several
// runs of the same test the last counts.
func Tables(figures []trial.Figure) string {
	figures = last(figures)
	var b strings.Builder
	fmt.Fprintf(&b, "%d cores, %s. Each figure is of the last run of its test, in its short or its full form.\n\n",
		runtime.NumCPU(), runtime.Version())
	b.WriteString("| test | broker | measured | bar | | form, seed |\n|---|---|---|---|---|---|\n")
	for i := range figures {
		f := &figures[i]
		if f.Who != trial.Gobeat {
			continue
		}
		verdict := "reached"
		if !f.OK {
			verdict = "**missed**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s%s | %s | %s | %s, %d |\n",
			f.Test, f.Broker, prefix(f.What), cell(f.Figure), cell(f.Bar), verdict, form(f), f.Seed)
	}
	b.WriteString(sideBySide(figures))
	return b.String()
}

// last keeps of all figures of the same thing the last one, in the place of the first.
func last(figures []trial.Figure) []trial.Figure {
	type thing struct{ test, what, who, broker string }
	places := map[thing]int{}
	var out []trial.Figure
	for i := range figures {
		f := figures[i]
		of := thing{f.Test, f.What, f.Who, f.Broker}
		if place, ok := places[of]; ok {
			out[place] = f
			continue
		}
		places[of] = len(out)
		out = append(out, f)
	}
	return out
}

func form(f *trial.Figure) string {
	if f.Short {
		return "short"
	}
	return "full"
}

// sideBySide compares what peers have a figure of.
func sideBySide(figures []trial.Figure) string {
	var b strings.Builder
	for i := range figures {
		f := &figures[i]
		if f.Who != trial.Gobeat {
			continue
		}
		same := func(who string) string {
			for j := range figures {
				if o := &figures[j]; o.Who == who && o.Test == f.Test && o.Broker == f.Broker && o.What == f.What {
					return cell(o.Figure)
				}
			}
			return ""
		}
		celery, red := same(trial.CeleryBeat), same(trial.RedBeat)
		if celery == "" && red == "" {
			continue
		}
		if b.Len() == 0 {
			fmt.Fprintf(&b, "\n| test | broker | %s | %s | %s |\n|---|---|---|---|---|\n", trial.Gobeat, trial.CeleryBeat, trial.RedBeat)
		}
		fmt.Fprintf(&b, "| %s%s | %s | %s | %s | %s |\n", f.Test, suffix(f.What), f.Broker, cell(f.Figure), celery, red)
	}
	return b.String()
}

func suffix(what string) string {
	if what == "" {
		return ""
	}
	return ", " + what
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
