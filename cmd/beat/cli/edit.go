package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/beat"
)

// editAttempts is how often an edit is tried when somebody else changes the same rows meanwhile.
const editAttempts = 5

// editCommand changes the fields of a task or schedule that are given as flags, and no others.
type editCommand struct {
	app      *App
	flags    entryFlags
	name     string
	schedule string
}

func newEditCommand(app *App) *cobra.Command {
	c := &editCommand{app: app}
	cmd := &cobra.Command{
		Use:   "edit NAME [--schedule ID] FLAGS",
		Short: "Changes a task or one of its schedules.",
		Long: `Changes what is given and nothing else. An empty value takes a field back, as in --expires "". Everything is
checked first; what the scheduler would not run is not written. A beat that runs takes the change up at once.`,
		Example: `  beat edit nightly --crontab "0 3 * * *"
  beat edit ping --schedule 7 --every 30s --jitter 5s`,
		Args: oneName(&c.name),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.Validate(); err != nil {
				return err
			}
			return c.Run(cmd.Context())
		},
	}
	c.flags.register(cmd.Flags(), taskFlags(), editFlags(), ownFlags())
	cmd.Flags().StringVar(&c.schedule, "schedule", "", "id of the schedule; by default the only one")
	return cmd
}

// editFlags are those of a task that exists.
func editFlags() []entryFlag {
	return []entryFlag{{
		"name", "name", "a new name for the task; by default it keeps its own",
		textField(func(e *beat.Entry) *string { return &e.Name }),
	}}
}

// oneName takes exactly one argument, the name of a task.
func oneName(to *string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 || args[0] == "" {
			return usagef("%s takes one NAME, not %d; see %s --help", cmd.CommandPath(), len(args), cmd.CommandPath())
		}
		*to = args[0]
		return nil
	}
}

// Validate refuses an edit that changes nothing, and flags that contradict one another.
func (c *editCommand) Validate() error {
	if len(c.flags.given(c.flags.table)) == 0 && !c.flags.schedule.given() {
		return usagef("nothing to change; give the fields as flags, see beat edit --help")
	}
	if c.flags.set.Changed("name") && c.flags.set.Lookup("name").Value.String() == "" {
		return usagef("--name: a task needs a name")
	}
	return c.flags.schedule.Validate()
}

// Run changes the rows.
func (c *editCommand) Run(ctx context.Context) error {
	return inSession(ctx, c.app, func(s *session) error {
		v, err := c.edit(ctx, s)
		if err != nil {
			return err
		}
		return c.app.Emit(&v, func(w io.Writer) error { return v.summary(w, "changed") })
	})
}

// edit begins anew with what the rows hold then when somebody else changed them meanwhile.
func (c *editCommand) edit(ctx context.Context, s *session) (v view, err error) {
	err = beat.ErrConflict
	for n := 0; n < editAttempts && errors.Is(err, beat.ErrConflict); n++ {
		v, err = c.attempt(ctx, s)
	}
	return v, err
}

func (c *editCommand) attempt(ctx context.Context, s *session) (view, error) {
	found, err := s.find(ctx, c.name)
	if err != nil {
		return view{}, err
	}
	st := found[0]
	if c.schedule != "" || c.flags.schedule.given() || len(c.flags.given(ownFlags())) > 0 {
		if st, err = pick(c.name, found, c.schedule); err != nil {
			return view{}, err
		}
	}
	e := st.Entry
	if e.Bad != nil {
		return view{}, fmt.Errorf("the row of %q cannot be read and must be put right in the database: %w", c.name, e.Bad)
	}
	if err := c.flags.apply(&e, s.zone); err != nil {
		return view{}, err
	}
	if err := s.check(e); err != nil {
		return view{}, err
	}
	for _, other := range found {
		if other.Entry.ID == e.ID {
			continue
		}
		if err := c.checkOther(s, e, other.Entry); err != nil {
			return view{}, err
		}
	}
	st.Entry, err = s.store.Update(ctx, e)
	switch {
	case errors.Is(err, beat.ErrExists):
		return view{}, fmt.Errorf("rename %q: a task %q %w", c.name, e.Name, beat.ErrExists)
	case err != nil:
		return view{}, fmt.Errorf("change %q: %w", c.name, err)
	}
	return s.view(st, shownRuns), nil
}

// checkOther refuses a change of the task that would stop one of its other schedules.
func (c *editCommand) checkOther(s *session, e, other beat.Entry) error {
	changed := withSchedule(e, other)
	_, before := s.compile.Plan(&other)
	_, after := s.compile.Plan(&changed)
	if before == nil && after != nil {
		return usagef("schedule %s: %s", other.ID, after.Reason())
	}
	return nil
}
