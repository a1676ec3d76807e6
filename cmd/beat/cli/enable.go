package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/beat"
)

// switchCommand switches tasks, or one schedule of a task, on or off.
type switchCommand struct {
	app      *App
	on       bool
	done     string // for the answer
	names    []string
	schedule string
}

func newEnableCommand(app *App) *cobra.Command {
	c := &switchCommand{app: app, on: true, done: "enabled"}
	return c.command(&cobra.Command{
		Use:   "enable NAME…",
		Short: "Switches tasks on.",
		Long: `Switches tasks with all their schedules on, or one schedule of a task with --schedule. Runs that fell into the time
before are not made up. Doing it twice is harmless.`,
	})
}

func (c *switchCommand) command(cmd *cobra.Command) *cobra.Command {
	cmd.Args = someNames(&c.names)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := c.Validate(); err != nil {
			return err
		}
		return c.Run(cmd.Context())
	}
	cmd.Flags().StringVar(&c.schedule, "schedule", "", "id of the one schedule that is meant; by default the whole task")
	return cmd
}

// someNames takes one argument or more, names of tasks.
func someNames(to *[]string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("NAME is missing; see %s --help", cmd.CommandPath())
		}
		for _, name := range args {
			if !slices.Contains(*to, name) {
				*to = append(*to, name)
			}
		}
		return nil
	}
}

// Validate refuses one schedule of several tasks.
func (c *switchCommand) Validate() error { return oneSchedule(c.names, c.schedule) }

func oneSchedule(names []string, id string) error {
	if id != "" && len(names) > 1 {
		return usagef("--schedule means a schedule of one task, but there are %d names", len(names))
	}
	return nil
}

// Run switches the tasks one after the other.
func (c *switchCommand) Run(ctx context.Context) error {
	return inSession(ctx, c.app, func(s *session) error {
		all := []view{}
		for _, name := range c.names {
			found, err := c.switchOne(ctx, s, name)
			if err != nil {
				return err
			}
			for _, st := range found {
				all = append(all, s.view(st, shownRuns))
			}
		}
		return c.app.Emit(all, func(w io.Writer) error {
			for i := range all {
				if err := all[i].summary(w, c.done); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// switchOne returns the schedules of the task as they are afterwards.
func (c *switchCommand) switchOne(ctx context.Context, s *session, name string) ([]beat.EntryState, error) {
	found, err := s.find(ctx, name)
	if err != nil {
		return nil, err
	}
	if c.schedule != "" {
		return c.switchSchedule(ctx, s, name)
	}
	if err := s.store.SetEnabled(ctx, found[0].Entry.TaskID, c.on); err != nil {
		return nil, fmt.Errorf("switch %q: %w", name, err)
	}
	return s.find(ctx, name)
}

func (c *switchCommand) switchSchedule(ctx context.Context, s *session, name string) ([]beat.EntryState, error) {
	err := beat.ErrConflict
	var st beat.EntryState
	for n := 0; n < editAttempts && errors.Is(err, beat.ErrConflict); n++ {
		var found []beat.EntryState
		if found, err = s.find(ctx, name); err != nil {
			return nil, err
		}
		if st, err = pick(name, found, c.schedule); err != nil {
			return nil, err
		}
		if st.Entry.Active == c.on {
			return []beat.EntryState{st}, nil
		}
		st.Entry.Active = c.on
		st.Entry, err = s.store.Update(ctx, st.Entry)
	}
	if err != nil {
		return nil, fmt.Errorf("switch schedule %s of %q: %w", c.schedule, name, err)
	}
	return []beat.EntryState{st}, nil
}
