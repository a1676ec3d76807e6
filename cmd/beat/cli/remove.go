package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/beat"
)

// removeCommand deletes tasks, or one schedule of a task.
type removeCommand struct {
	app      *App
	names    []string
	schedule string
}

// removed is what a removeCommand answers about one task.
type removed struct {
	Name      string         `json:"name"`
	Schedules []beat.EntryID `json:"schedules"` // that are gone
	Left      int            `json:"left"`      // schedules that remain; with none the task is gone
}

func newRemoveCommand(app *App) *cobra.Command {
	c := &removeCommand{app: app}
	cmd := &cobra.Command{
		Use:   "remove NAME…",
		Short: "Removes tasks with their schedules.",
		Long: `Removes tasks with all their schedules, or one schedule with --schedule; a task goes with its last schedule. Runs
that were claimed already are still sent.`,
		Args: someNames(&c.names),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.Validate(); err != nil {
				return err
			}
			return c.Run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&c.schedule, "schedule", "", "id of the one schedule to remove; by default the whole task")
	return cmd
}

// Validate refuses one schedule of several tasks.
func (c *removeCommand) Validate() error { return oneSchedule(c.names, c.schedule) }

// Run removes the tasks one after the other. All names must be known before anything is removed.
func (c *removeCommand) Run(ctx context.Context) error {
	return inSession(ctx, c.app, func(s *session) error {
		all := make([]removed, len(c.names))
		for i, name := range c.names {
			found, err := s.find(ctx, name)
			if err != nil {
				return err
			}
			all[i] = removed{Name: name, Left: len(found)}
			if c.schedule != "" {
				st, err := pick(name, found, c.schedule)
				if err != nil {
					return err
				}
				found = []beat.EntryState{st}
			}
			for _, st := range found {
				all[i].Schedules = append(all[i].Schedules, st.Entry.ID)
			}
		}
		for i := range all {
			if err := all[i].remove(ctx, s.store); err != nil {
				return err
			}
		}
		return c.app.Emit(all, func(w io.Writer) error { return printRemoved(w, all) })
	})
}

func (r *removed) remove(ctx context.Context, store Store) error {
	for _, id := range r.Schedules {
		if err := store.Delete(ctx, id); err != nil {
			return fmt.Errorf("remove schedule %s of %q: %w", id, r.Name, err)
		}
		r.Left--
	}
	return nil
}

func printRemoved(w io.Writer, all []removed) error {
	for _, r := range all {
		line := "removed " + printable(r.Name)
		if r.Left > 0 {
			line = fmt.Sprintf("removed schedule %s of %s, which has %d left", r.Schedules[0], printable(r.Name), r.Left)
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return fmt.Errorf("write answer: %w", err)
		}
	}
	return nil
}
