package main

import (
	"errors"

	"github.com/gobeat/gobeat/internal/fault/history"
	"github.com/gobeat/gobeat/internal/fault/report"
	"github.com/gobeat/gobeat/internal/fault/trial"
)

// writeTables replaces the tables of a document by the figures of earlier runs.
func writeTables(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: fault tables DOCUMENT FIGURES, and more figures")
	}
	var all []trial.Figure
	for _, path := range args[1:] {
		figures, err := history.Read[trial.Figure](path)
		if err != nil {
			return err
		}
		all = append(all, figures...)
	}
	return report.Update(args[0], all)
}
