package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gobeat/gobeat/bench/plot"
)

// Between these lines of the document stands what a run has found.
const (
	begins = "<!-- begin of what make bench writes -->"
	ends   = "<!-- end of what make bench writes -->"
)

// document writes tables into a document, and plots beside it.
func (r *record) document(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the document: %w", err)
	}
	before, rest, found := strings.Cut(string(text), begins)
	_, after, ended := strings.Cut(rest, ends)
	if !found || !ended {
		return fmt.Errorf("%s has no lines %q and %q", file, begins, ends)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s%s\n\n%s\n", before, begins, r.machine)
	for _, s := range scenarios() {
		r.table(&out, s.name)
	}
	for _, p := range r.plots() {
		name := p.Name + ".svg"
		if err := os.WriteFile(filepath.Join(filepath.Dir(file), name), p.SVG(), 0o644); err != nil {
			return fmt.Errorf("write a plot: %w", err)
		}
		fmt.Fprintf(&out, "\n![%s](%s)\n", p.Title, name)
	}
	fmt.Fprintf(&out, "\n%s%s", ends, after)
	if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
		return fmt.Errorf("write the document: %w", err)
	}
	return nil
}

func (r *record) table(out *strings.Builder, scenario string) {
	head := false
	for _, f := range r.figures {
		if f.Scenario != scenario {
			continue
		}
		if !head {
			fmt.Fprintf(out, "\n### %s\n\n| who | on | rows | what | | bar | |\n|---|---|---:|---|---:|---|---|\n", scenario)
			head = true
		}
		rows, verdict := "", ""
		if f.Rows > 0 {
			rows = strconv.Itoa(f.Rows)
		}
		if f.Bar != "" {
			verdict = "missed"
			if f.Reached {
				verdict = "reached"
			}
		}
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s %s | %s | %s |\n", f.Who, f.On, rows, f.What, f.number(), f.Unit, f.Bar, verdict)
	}
}

// plots are those for which there are points.
func (r *record) plots() []plot.Plot {
	var list []plot.Plot
	arrival := plot.Plot{Name: "performance-burst", Title: "10,000 tasks due at once: messages at the broker", X: "ms behind the instant", Y: "messages"}
	for _, c := range r.curves {
		arrival.Lines = append(arrival.Lines, plot.Line{Name: c.Name, Points: c.Points})
	}
	if len(arrival.Lines) > 0 {
		list = append(list, arrival)
	}
	growth := plot.Plot{Name: "performance-size", Title: "What grows with the number of schedules", X: "schedules", Y: "", Log: true}
	for _, g := range []struct{ what, name string }{
		{"start to first message, of the last row", "start to first message, s"},
		{"resident memory, idle", "resident memory, MiB"},
		{"update of a row to its message, median", "edit to its message, ms"},
	} {
		l := plot.Line{Name: g.name}
		for _, f := range r.figures {
			if f.Scenario == "size" && f.What == g.what {
				l.Points = append(l.Points, [2]float64{float64(f.Rows), f.Value})
			}
		}
		if len(l.Points) > 1 {
			growth.Lines = append(growth.Lines, l)
		}
	}
	if len(growth.Lines) > 0 {
		list = append(list, growth)
	}
	return list
}
