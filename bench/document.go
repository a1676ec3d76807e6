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

// document writes a section for each scenario that was measured into a document, and plots beside it. Sections of other
// scenarios stay as they are, each with the line that says which run it is of.
func (r *record) document(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the document: %w", err)
	}
	before, rest, found := strings.Cut(string(text), begins)
	written, after, ended := strings.Cut(rest, ends)
	if !found || !ended {
		return fmt.Errorf("%s has no lines %q and %q", file, begins, ends)
	}
	sections := sectionsOf(written)
	for _, s := range scenarios() {
		if section := r.section(s.name); section != "" {
			sections[s.name] = section
		}
	}
	for _, p := range r.plots() {
		name := p.Name + ".svg"
		if err := os.WriteFile(filepath.Join(filepath.Dir(file), name), p.SVG(), 0o644); err != nil {
			return fmt.Errorf("write a plot: %w", err)
		}
		sections[p.Scenario] += fmt.Sprintf("\n![%s](%s)\n", p.Title, name)
	}
	var out strings.Builder
	out.WriteString(before + begins + "\n")
	for _, s := range scenarios() {
		if sections[s.name] != "" {
			out.WriteString("\n" + heading + s.name + "\n" + sections[s.name])
		}
	}
	out.WriteString("\n" + ends + after)
	if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
		return fmt.Errorf("write the document: %w", err)
	}
	return nil
}

// heading begins the line with the name of a scenario.
const heading = "### "

// sectionsOf parts what a former run has written by scenario.
func sectionsOf(text string) map[string]string {
	sections := map[string]string{}
	parts := strings.Split(text, "\n"+heading)
	for _, part := range parts[1:] {
		name, section, _ := strings.Cut(part, "\n")
		sections[name] = strings.TrimRight(section, "\n") + "\n"
	}
	return sections
}

// section is empty for a scenario that was not measured.
func (r *record) section(scenario string) string {
	var out strings.Builder
	for _, f := range r.figures {
		if f.Scenario != scenario {
			continue
		}
		if out.Len() == 0 {
			fmt.Fprintf(&out, "\n%s\n\n| who | on | rows | what | | bar | |\n|---|---|---:|---|---:|---|---|\n", r.machine)
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
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s %s | %s | %s |\n", f.Who, f.On, rows, f.What, f.number(), f.Unit, f.Bar, verdict)
	}
	return out.String()
}

type scenarioPlot struct {
	Scenario string
	plot.Plot
}

// plots are those for which there are points.
func (r *record) plots() []scenarioPlot {
	var list []scenarioPlot
	arrival := plot.Plot{Name: "performance-burst", Title: "10,000 tasks due at once: messages at the broker", X: "ms behind the instant", Y: "messages"}
	for _, c := range r.curves {
		arrival.Lines = append(arrival.Lines, plot.Line{Name: c.Name, Points: c.Points})
	}
	if len(arrival.Lines) > 0 {
		list = append(list, scenarioPlot{"burst", arrival})
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
		list = append(list, scenarioPlot{"size", growth})
	}
	return list
}
