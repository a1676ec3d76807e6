package cli

import (
	"fmt"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
)

// crontabOf returns the crontab within a schedule; nil when it is none.
func crontabOf(s schedule.Schedule) *schedule.Crontab {
	for {
		switch kind := s.(type) {
		case *schedule.Crontab:
			return kind
		case interface{ Unwrap() schedule.Schedule }:
			s = kind.Unwrap()
		default:
			return nil
		}
	}
}

// clockNotes says for each of the runs what a clock change does to it, or did just before it; "" where nothing did.
func clockNotes(s schedule.Schedule, runs []time.Time, zone *time.Location) []string {
	notes := make([]string, len(runs))
	crontab := crontabOf(s)
	if crontab == nil || len(runs) == 0 {
		return notes
	}
	const around = 24 * time.Hour
	for _, c := range crontab.Changes(runs[0].Add(-around), runs[len(runs)-1].Add(around)) {
		for i, run := range runs {
			before := time.Time{}
			if i > 0 {
				before = runs[i-1]
			}
			if note := clockNote(&c, before, run, zone); note != "" {
				notes[i] = note
			}
		}
	}
	return notes
}

// clockNote says what a change does to the run at an instant; before is the run shown before it, zero for the first.
func clockNote(c *schedule.Change, before, run time.Time, zone *time.Location) string {
	wall := c.Wall.Format("15:04")
	by := (c.After - c.Before).Abs()
	switch c.Effect {
	case schedule.Moved:
		if run.Equal(c.Run) {
			return fmt.Sprintf("moved from %s, which the clocks skip%s", wall, more(c.Matches-1))
		}
	case schedule.Skipped:
		if !before.IsZero() && !before.After(c.At) && run.After(c.At) {
			return fmt.Sprintf("before it the clock change leaves out %s%s", wall, more(c.Matches-1))
		}
	case schedule.Doubled, schedule.First, schedule.Second:
		first, second := !run.Before(c.At.Add(-by)) && run.Before(c.At), !run.Before(c.At) && run.Before(c.At.Add(by))
		shown := run.In(zone).Format("15:04")
		switch {
		case first && c.Effect == schedule.First:
			return fmt.Sprintf("the first of two %s, the second has no run", shown)
		case first:
			return "the first of two " + shown
		case second && c.Effect == schedule.Second:
			return fmt.Sprintf("the second of two %s, the first has no run", shown)
		case second:
			return "the second of two " + shown
		}
	}
	return ""
}

func more(n int64) string {
	switch {
	case n == 1:
		return " (one more match is left out)"
	case n > 1:
		return fmt.Sprintf(" (%d more matches are left out)", n)
	}
	return ""
}
