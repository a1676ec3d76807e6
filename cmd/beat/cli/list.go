package cli

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/beat"
)

// listCommand shows the entries in a table.
type listCommand struct {
	app     *App
	task    string
	enabled bool
	filter  beat.Filter
}

func newListCommand(app *App) *cobra.Command {
	c := &listCommand{app: app}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Lists the tasks with their schedules.",
		Long: `Lists all schedules by the name of their task: when they run, when they ran last, when they run next, and why
they do not run if they do not. Times are those of the zone in the same line.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.filter.Task = c.task
			if cmd.Flags().Changed("enabled") {
				c.filter.Enabled = &c.enabled
			}
			return c.Run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&c.task, "task", "", "only schedules of the task with this registered name; by default all")
	cmd.Flags().BoolVar(&c.enabled, "enabled", false,
		"only what is enabled, or with --enabled=false what is not; by default both")
	return cmd
}

// Run prints the list.
func (c *listCommand) Run(ctx context.Context) error {
	return inSession(ctx, c.app, func(s *session) error {
		if c.app.output == outputJSON {
			return c.all(ctx, s)
		}
		return c.pages(ctx, s)
	})
}

func (c *listCommand) all(ctx context.Context, s *session) error {
	all := []view{}
	err := s.each(ctx, c.filter, func(page []beat.EntryState) (bool, error) {
		for _, st := range page {
			all = append(all, s.view(st, 1))
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	return c.app.Emit(all, nil)
}

// pages prints a page as soon as it is read, so that the list may be longer than memory.
func (c *listCommand) pages(ctx context.Context, s *session) error {
	var t table
	t.add("ID", "NAME", "TASK", "WHEN", "ZONE", "ENABLED", "LAST RUN", "NEXT RUN", "NOTE")
	return s.each(ctx, c.filter, func(page []beat.EntryState) (bool, error) {
		for _, st := range page {
			v := s.view(st, 1)
			t.add(v.cells()...)
		}
		err := t.write(c.app.Out, "")
		t = table{}
		return true, err
	})
}

func (v *view) cells() []string {
	next := "never"
	if len(v.Next) > 0 {
		next = v.short(v.Next[0])
	}
	return []string{
		string(v.ID), v.Name, v.Task, v.Words, v.Zone, strconv.FormatBool(v.Running()), v.short(v.LastRun), next, v.Reason,
	}
}
