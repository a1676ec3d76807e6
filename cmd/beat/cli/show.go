package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/beat"
)

// shownHistory is how many past runs of a schedule are shown.
const shownHistory = 5

// showCommand shows everything about one task.
type showCommand struct {
	app  *App
	name string
}

// detail is a view together with its past runs.
type detail struct {
	view
	History []pastRun `json:"history"`
}

type pastRun struct {
	Instant   time.Time `json:"instant"`
	State     string    `json:"state"`
	Reason    string    `json:"reason,omitempty"`
	Epoch     int64     `json:"epoch"`
	Batch     string    `json:"batch"`
	ClaimedAt time.Time `json:"claimed_at,omitzero"`
	SettledAt time.Time `json:"settled_at,omitzero"`
}

func newShowCommand(app *App) *cobra.Command {
	c := &showCommand{app: app}
	return &cobra.Command{
		Use:   "show NAME",
		Short: "Shows a task with its schedules, coming and past runs.",
		Long: `Shows all fields of a task and of its schedules, the next three runs, the last five, and why it does not run if it
does not.`,
		Args: oneName(&c.name),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.Run(cmd.Context()) },
	}
}

// Run prints the task.
func (c *showCommand) Run(ctx context.Context) error {
	return inSession(ctx, c.app, func(s *session) error {
		found, err := s.find(ctx, c.name)
		if err != nil {
			return err
		}
		details := make([]detail, len(found))
		for i, st := range found {
			details[i].view = s.view(st, shownRuns)
			if details[i].History, err = s.history(ctx, st.Entry.ID); err != nil {
				return err
			}
		}
		return c.app.Emit(details, func(w io.Writer) error { return printDetails(w, details) })
	})
}

func (s *session) history(ctx context.Context, id beat.EntryID) ([]pastRun, error) {
	// A run may be claimed a little ahead of its time, and the clock here may be behind that of the leader.
	records, err := s.store.History(ctx, id, s.now.Add(time.Hour), shownHistory)
	if err != nil {
		return nil, fmt.Errorf("read past runs of schedule %s: %w", id, err)
	}
	runs := make([]pastRun, len(records))
	for i, r := range records {
		runs[i] = pastRun{
			Instant: r.Instant, State: r.State, Reason: r.Reason, Epoch: r.Epoch, Batch: r.Batch.String(),
			ClaimedAt: r.ClaimedAt, SettledAt: r.SettledAt,
		}
	}
	return runs, nil
}

func printDetails(w io.Writer, details []detail) error {
	if _, err := fmt.Fprintln(w, printable(details[0].Name)); err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	var t table
	details[0].addTask(&t)
	if err := t.write(w, "  "); err != nil {
		return err
	}
	for i := range details {
		d := &details[i]
		if _, err := fmt.Fprintf(w, "\nschedule %s\n", d.ID); err != nil {
			return fmt.Errorf("write answer: %w", err)
		}
		var t table
		d.addSchedule(&t)
		if err := t.write(w, "  "); err != nil {
			return err
		}
	}
	return nil
}

// addTask adds the fields of the task. Those that are not set are left out.
func (d *detail) addTask(t *table) {
	add := func(name, value string) {
		if value != "" {
			t.add(name, value)
		}
	}
	add("task", d.Task)
	add("description", d.Description)
	add("owner", d.Owner)
	add("enabled", strconv.FormatBool(d.Enabled))
	add("args", oneLine(d.Args))
	add("kwargs", oneLine(d.Kwargs))
	add("queue", d.Queue)
	add("exchange", d.Exchange)
	add("routing key", d.RoutingKey)
	if d.Priority != nil {
		add("priority", strconv.Itoa(*d.Priority))
	}
	add("headers", oneLine(d.Headers))
	add("options", oneLine(d.Options))
	if !d.Expires.IsZero() {
		add("expires", d.when(d.Expires))
	}
	if d.ExpireSeconds != nil {
		add("expires after", strconv.FormatFloat(*d.ExpireSeconds, 'f', -1, 64)+" s")
	}
	if d.OneOff {
		add("one-off", "true")
	}
	if !d.StartTime.IsZero() {
		add("start time", d.when(d.StartTime))
	}
	if !d.EndTime.IsZero() {
		add("end time", d.when(d.EndTime))
	}
	if d.MaxRuns > 0 {
		add("max runs", strconv.FormatInt(d.MaxRuns, 10))
	}
	add("misfire", string(d.Misfire))
	if d.MisfireWindow > 0 {
		add("misfire window", d.MisfireWindow.String())
	}
	add("delivery", string(d.Delivery))
	add("modified", d.when(d.ModifiedAt))
}

// addSchedule adds the fields of the schedule and what became of it.
func (d *detail) addSchedule(t *table) {
	t.add("when", d.Words)
	t.add("schedule", notation(d.Spec)+" in "+d.Zone)
	if len(d.ScheduleKwargs) > 0 {
		t.add("kwargs", oneLine(d.ScheduleKwargs))
	}
	if d.Jitter > 0 {
		t.add("jitter", d.Jitter.String())
	}
	if !d.Active {
		t.add("active", "false")
	}
	t.add("created", d.when(d.CreatedAt))
	last := "none yet"
	if !d.LastRun.IsZero() {
		last = d.when(d.LastRun)
	}
	t.add("last run", last)
	t.add("runs", strconv.FormatInt(d.Runs, 10))
	d.addRuns(t)
	label := "past runs"
	for _, r := range d.History {
		t.add(label, strings.TrimSpace(d.when(r.Instant)+"  "+r.State+" "+r.Reason))
		label = ""
	}
}

// oneLine brings JSON text of a row into one line.
func oneLine(text json.RawMessage) string { return strings.Join(strings.Fields(string(text)), " ") }
