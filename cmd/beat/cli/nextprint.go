package cli

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// print tells the runs of each view, as far as they are not later than until.
func (c *nextCommand) print(views []view, until time.Time) error {
	answers := make([]nextAnswer, len(views))
	for i := range views {
		v := &views[i]
		answers[i] = nextAnswer{
			Name: v.Name, Schedule: v.ID, Words: v.Words, Zone: v.Zone, Next: v.upTo(until), Reason: v.Reason, view: v,
		}
		if len(v.Next) > 0 && len(answers[i].Next) == 0 {
			answers[i].Reason = "not before " + v.when(v.Next[0])
		}
	}
	return c.app.Emit(answers, func(w io.Writer) error {
		for i := range answers {
			if err := answers[i].print(w); err != nil {
				return err
			}
		}
		return nil
	})
}

// upTo returns the coming runs that are not later than until, all when that is zero.
func (v *view) upTo(until time.Time) []time.Time {
	if until.IsZero() {
		return v.Next
	}
	n, _ := slices.BinarySearchFunc(v.Next, until, func(run, until time.Time) int {
		if run.After(until) {
			return 1
		}
		return -1
	})
	return v.Next[:n]
}

// nextAnswer is the answer about one schedule.
type nextAnswer struct {
	Name     string       `json:"name,omitempty"`
	Schedule beat.EntryID `json:"schedule,omitempty"`
	Words    string       `json:"when"`
	Zone     string       `json:"zone"`
	Next     []time.Time  `json:"next"`
	Reason   string       `json:"reason,omitempty"`

	view *view
}

func (a *nextAnswer) print(w io.Writer) error {
	head := notation(a.view.Spec) + " in " + a.Zone
	if !strings.HasPrefix(head, a.Words) {
		head = a.Words + "; " + head
	}
	if a.Name != "" {
		head = fmt.Sprintf("%s (schedule %s): %s", a.Name, a.Schedule, head)
	}
	if _, err := fmt.Fprintln(w, printable(head)); err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	var t table
	notes := clockNotes(a.view.schedule, a.Next, a.view.location)
	for i, run := range a.Next {
		cells := instantCells(run, a.view.location)
		if notes[i] != "" {
			cells = append(cells, notes[i])
		}
		t.add(cells...)
	}
	switch {
	case len(a.Next) > 0:
	case len(a.view.Next) > 0:
		t.add(a.Reason)
	case a.Reason != "":
		t.add("never: " + a.Reason)
	default:
		t.add("never")
	}
	return t.write(w, "  ")
}

// instantCells are local time, zone, offset and UTC.
func instantCells(t time.Time, zone *time.Location) []string {
	local := t.In(zone)
	return []string{
		local.Format("Mon " + shortLayout), local.Format("MST"), local.Format("-07:00"), t.UTC().Format(time.RFC3339Nano),
	}
}

// comingRun is a run in the list of all tasks.
type comingRun struct {
	At       time.Time    `json:"at"`
	Name     string       `json:"name"`
	Schedule beat.EntryID `json:"schedule"`
	Zone     string       `json:"zone"`

	location *time.Location
}

func printComing(w io.Writer, runs []comingRun) error {
	var t table
	for i, r := range runs {
		t.add(append([]string{strconv.Itoa(i + 1), r.Name}, instantCells(r.At, r.location)...)...)
	}
	if len(runs) == 0 {
		t.add("no task runs: there is none, or `beat list` says why")
	}
	return t.write(w, "")
}
