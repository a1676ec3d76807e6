package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/broker/pidbox"
)

// listCommand shows the entries in a table.
type listCommand struct {
	app     *App
	task    string
	enabled bool
	ask     bool
	timeout time.Duration
	filter  beat.Filter
	offered supply // by the workers that were asked
}

func newListCommand(app *App) *cobra.Command {
	c := &listCommand{app: app}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Lists the tasks with their schedules.",
		Long: `Lists all schedules by the name of their task: when they run, when they ran last, when they run next, and why
they do not run if they do not. Times are those of the zone in the same line.

With --ask-workers the note also says when no worker knows the task or reads the queue. Workers are asked over Celery's remote
control; when none can be asked or none answers, that is said on standard error, and the list is as without it.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.Validate(); err != nil {
				return err
			}
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
	cmd.Flags().BoolVar(&c.ask, "ask-workers", false,
		"ask the workers which tasks they know and which queues they read; by default they are not asked")
	cmd.Flags().DurationVar(&c.timeout, "ask-timeout", pidbox.Timeout, "how long workers have for each of two answers")
	return cmd
}

// Validate refuses a time limit that leaves no time.
func (c *listCommand) Validate() error {
	if c.timeout <= 0 {
		return usagef("--ask-timeout: %s is not above 0", c.timeout)
	}
	return nil
}

// Run prints the list.
func (c *listCommand) Run(ctx context.Context) error {
	return inSession(ctx, c.app, func(s *session) error {
		if c.ask {
			c.askWorkers(ctx, s)
		}
		if c.app.output == outputJSON {
			return c.all(ctx, s)
		}
		return c.pages(ctx, s)
	})
}

// askWorkers learns what workers offer. Whatever goes wrong with that is said, and does no harm to the list.
func (c *listCommand) askWorkers(ctx context.Context, s *session) {
	w, err := c.app.askWorkers(ctx, s.config, c.timeout)
	if err != nil {
		fmt.Fprintf(c.app.Err, "the workers could not be asked: %s\n", err)
	}
	if w == nil {
		return
	}
	if err == nil && len(w.Names) == 0 {
		fmt.Fprintf(c.app.Err, "no worker answers within %s: none runs, or their remote control is off\n", c.timeout)
	}
	c.offered = newSupply(w)
}

// view looks at an entry, and at what it wants of workers.
func (c *listCommand) view(s *session, st beat.EntryState) view {
	v := s.view(st, 1)
	for _, w := range v.wants {
		if c.offered.lacks(w) {
			v.Unmet = append(v.Unmet, w.problem()+" the "+w.about+" "+w.name)
		}
	}
	return v
}

func (c *listCommand) all(ctx context.Context, s *session) error {
	all := []view{}
	err := s.each(ctx, c.filter, func(page []beat.EntryState) (bool, error) {
		for _, st := range page {
			all = append(all, c.view(s, st))
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
			v := c.view(s, st)
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
	note := v.Unmet
	if v.Reason != "" {
		note = append([]string{v.Reason}, note...)
	}
	return []string{
		string(v.ID), v.Name, v.Task, v.Words, v.Zone, strconv.FormatBool(v.Running()), v.short(v.LastRun), next,
		strings.Join(note, "; "),
	}
}
