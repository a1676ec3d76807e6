package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/beat"
)

// shownRuns is how many coming runs the answer to a change names.
const shownRuns = 3

// addCommand makes a task with a schedule, or a further schedule of a task.
type addCommand struct {
	app   *App
	flags entryFlags
	name  string
	to    string
}

func newAddCommand(app *App) *cobra.Command {
	c := &addCommand{app: app}
	cmd := &cobra.Command{
		Use:   "add NAME --task TASK (--crontab … | --every … | --at … | --cron …)",
		Short: "Adds a task with a schedule, or a further schedule to a task.",
		Long: `Adds a row for a task and one for its schedule. Everything is checked first; what the scheduler would not run
is not written. With --to a further schedule is added to a task that exists. A beat that runs takes it up at once.

Times may state their offset, as in 2026-01-01T10:00:00Z, or be local times of the schedule's zone.`,
		Example: `  beat add nightly --task proj.clean --crontab "30 2 * * *" --timezone Europe/Berlin
  beat add ping --task proj.ping --every 10s --kwargs '{"host": "a"}'
  beat add --to ping --every 1m --schedule-kwargs '{"host": "b"}'`,
		Args: func(_ *cobra.Command, args []string) error { return c.args(args) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.Validate(); err != nil {
				return err
			}
			return c.Run(cmd.Context())
		},
	}
	c.flags.register(cmd.Flags(), taskFlags(), addFlags(), ownFlags())
	cmd.Flags().StringVar(&c.to, "to", "", "name of a task that gets a further schedule; by default a new task is made")
	return cmd
}

// addFlags are those of a new task only.
func addFlags() []entryFlag {
	return []entryFlag{{"disabled", "bool", "do not run it yet; by default it runs at once", setDisabled}}
}

func setDisabled(e *beat.Entry, v string, zone *time.Location) error {
	err := boolField(func(e *beat.Entry) *bool { return &e.Enabled })(e, v, zone)
	e.Enabled = !e.Enabled
	return err
}

func (c *addCommand) args(args []string) error {
	switch {
	case len(args) > 1:
		return usagef("add takes one NAME, not %d; quote values that contain blanks", len(args))
	case len(args) == 1:
		c.name = args[0]
	}
	return nil
}

// Validate refuses a command line that does not state a task and a schedule.
func (c *addCommand) Validate() error {
	if c.to != "" {
		if c.name != "" {
			return usagef("NAME and --to cannot stand together: --to adds a schedule to a task that has a name")
		}
		if given := c.flags.given(append(taskFlags(), addFlags()...)); len(given) > 0 {
			return usagef("%s: belongs to the task; change it by `beat edit %s`", strings.Join(given, ", "), c.to)
		}
	} else {
		if strings.TrimSpace(c.name) == "" {
			return usagef("NAME of the task is missing; see beat add --help")
		}
		if !c.flags.set.Changed("task") {
			return usagef("--task is missing: the registered name of the task that workers run")
		}
	}
	if !c.flags.schedule.states() {
		return usagef("a schedule is missing: give one of --crontab, --every, --at, --cron, --rrule, --solar")
	}
	return c.flags.schedule.Validate()
}

// Run adds the rows.
func (c *addCommand) Run(ctx context.Context) error {
	return inSession(ctx, c.app, func(s *session) error {
		e := beat.Entry{Name: c.name, Enabled: true}
		if c.to != "" {
			found, err := s.find(ctx, c.to)
			if err != nil {
				return err
			}
			e = taskOf(found[0].Entry)
		}
		e.Active = true
		if err := c.flags.apply(&e, s.zone); err != nil {
			return err
		}
		if err := s.check(e); err != nil {
			return err
		}
		added, err := s.store.Add(ctx, e)
		if errors.Is(err, beat.ErrExists) {
			return fmt.Errorf("task %q %w; to give it a further schedule: beat add --to %q …", c.name, beat.ErrExists, c.name)
		}
		if err != nil {
			return fmt.Errorf("add %q: %w", e.Name, err)
		}
		v := s.view(beat.EntryState{Entry: added}, shownRuns)
		return c.app.Emit(&v, func(w io.Writer) error { return v.summary(w, "added") })
	})
}

// check refuses an entry that the scheduler would not run.
func (s *session) check(e beat.Entry) error {
	if e.ModifiedAt.IsZero() {
		e.ModifiedAt = s.now
	}
	if _, bad := s.compile.Plan(&e); bad != nil {
		return usagef("%s", bad.Reason())
	}
	return nil
}

// taskOf returns what an entry shares with all schedules of its task.
func taskOf(e beat.Entry) beat.Entry {
	return withSchedule(e, beat.Entry{})
}

// withSchedule returns the task of e under the schedule of another entry.
func withSchedule(e, from beat.Entry) beat.Entry {
	e.ID, e.Spec, e.ScheduleKwargs, e.Jitter, e.Active = from.ID, from.Spec, from.ScheduleKwargs, from.Jitter, from.Active
	e.CreatedAt, e.ModifiedAt, e.Bad = from.CreatedAt, from.ModifiedAt, from.Bad
	return e
}
