package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// figure is one result.
type figure struct {
	Scenario string  `json:"scenario"`
	Who      string  `json:"who"`
	On       string  `json:"on"`             // servers
	Rows     int     `json:"rows,omitempty"` // schedules
	What     string  `json:"what"`
	Value    float64 `json:"value"`
	Unit     string  `json:"unit"`
	Bar      string  `json:"bar,omitempty"` // what is wanted
	Reached  bool    `json:"reached,omitempty"`
}

func (f figure) String() string {
	return fmt.Sprintf("%-9s %-22s %-22s %9d  %-44s %10s %s", f.Scenario, f.Who, f.On, f.Rows, f.What, f.number(), f.Unit)
}

// number is the value with as many digits as say something.
func (f figure) number() string {
	switch {
	case f.Value >= 100 || f.Value == float64(int(f.Value)):
		return fmt.Sprintf("%.0f", f.Value)
	case f.Value >= 10:
		return fmt.Sprintf("%.1f", f.Value)
	}
	return fmt.Sprintf("%.2f", f.Value)
}

// curve is how something grows.
type curve struct {
	Scenario string       `json:"scenario"`
	Name     string       `json:"curve"`
	Points   [][2]float64 `json:"points"`
}

// record is what a run has found.
type record struct {
	out     io.Writer // takes each figure as it comes
	machine string
	figures []figure
	curves  []curve
}

func (r *record) note(f figure) {
	fmt.Fprintln(r.out, f)
	r.figures = append(r.figures, f)
}

// keep writes the figures to the file and the document, as far as they are named.
func (r *record) keep(file, document string) error {
	var errs []error
	if file != "" {
		errs = append(errs, r.save(file))
	}
	if document != "" {
		errs = append(errs, r.document(document))
	}
	return errors.Join(errs...)
}

func (r *record) save(file string) (err error) {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("open the file of figures: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lines := json.NewEncoder(f)
	if err := lines.Encode(map[string]string{"machine": r.machine}); err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	for _, x := range r.figures {
		if err := lines.Encode(x); err != nil {
			return fmt.Errorf("write figures: %w", err)
		}
	}
	for _, c := range r.curves {
		if err := lines.Encode(c); err != nil {
			return fmt.Errorf("write figures: %w", err)
		}
	}
	return nil
}

// value returns what was measured in this run; 0 when it was not.
func (r *record) value(scenario, what string) float64 {
	for _, f := range r.figures {
		if f.Scenario == scenario && f.What == what {
			return f.Value
		}
	}
	return 0
}
