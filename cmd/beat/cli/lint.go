package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
)

// Levels of a remark.
const (
	lintError   = "error"   // it does not run
	lintWarning = "warning" // it runs, maybe not as meant
	lintNote    = "note"    // Celery itself would refuse it: there is no way back with it
)

// remark is one thing that lint says.
type remark struct {
	Source string `json:"source"` // "database" or the file
	Name   string `json:"name"`
	Level  string `json:"level"`
	Field  string `json:"field,omitempty"`
	Value  string `json:"value,omitempty"`
	Text   string `json:"text"`
}

// lintCommand looks for what is wrong or surprising in rows and files.
type lintCommand struct {
	app    *App
	files  []string
	strict bool

	compile *beat.Compiler
	now     time.Time
	same    map[string]string // what runs, and the name under which it was seen
	remarks []remark
}

func newLintCommand(a *App) *cobra.Command {
	c := &lintCommand{app: a, same: map[string]string{}, remarks: []remark{}}
	cmd := &cobra.Command{
		Use:   "lint [FILE...]",
		Short: "Says what is wrong or surprising about schedules, in the database or in files.",
		Long: `Looks at every row of the database, or at files: YAML or JSON with the setting beat_schedule as in Celery, a list of tasks
as "beat list --output json" prints it, or one schedule a line as "beat next --stdin" reads it. "-" is standard input.

It tells errors (it does not run), warnings (it runs, maybe not as meant) and notes (Celery itself would refuse it, so
there is no way back with it). The exit code is 1 if there is an error, with --strict also if there is a warning.`,
		Example: `  beat lint
  beat lint celeryconfig.yaml
  beat list --output json | beat lint -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c.files = args
			return c.Run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&c.strict, "strict", false, "fail if there is a warning")
	return cmd
}

// Run looks and prints.
func (c *lintCommand) Run(ctx context.Context) error {
	c.now = time.Now().UTC()
	if len(c.files) == 0 {
		if err := inSession(ctx, c.app, func(s *session) error { return c.rows(ctx, s) }); err != nil {
			return err
		}
		return c.report()
	}
	cfg, err := c.app.Config()
	if err != nil {
		return err
	}
	build, err := c.app.Builder(cfg)
	if err != nil {
		return err
	}
	c.compile = c.app.Compiler(cfg, build)
	for _, name := range c.files {
		entries, err := c.app.readEntries(name)
		if err != nil {
			return err
		}
		for i := range entries {
			c.entry(name, &entries[i])
		}
	}
	return c.report()
}

func (c *lintCommand) rows(ctx context.Context, s *session) error {
	c.compile = s.compile
	return s.each(ctx, beat.Filter{}, func(page []beat.EntryState) (bool, error) {
		for i := range page {
			c.entry("database", &page[i].Entry)
		}
		return true, nil
	})
}

func (c *lintCommand) say(r remark) { c.remarks = append(c.remarks, r) }

// entry looks at one schedule with its task.
func (c *lintCommand) entry(source string, e *beat.Entry) {
	base := remark{Source: source, Name: e.Name}
	plan, bad := c.compile.Plan(e)
	if bad != nil {
		base.Level, base.Field, base.Value, base.Text = lintError, bad.Field, bad.Value, bad.Problem
		c.say(base)
		return
	}
	for _, w := range schedule.Lint(e.Spec) {
		r := base
		r.Level, r.Field, r.Value, r.Text = lintWarning, w.Field, w.Value, w.Text
		if w.Foreign {
			r.Level = lintNote
		}
		c.say(r)
	}
	base.Level = lintWarning
	if !e.Running() {
		return
	}
	if text, field := c.idle(e, plan); text != "" {
		base.Field, base.Text = field, text
		c.say(base)
		return
	}
	c.twin(base, e)
}

// idle says why a schedule that is on has no run.
func (c *lintCommand) idle(e *beat.Entry, plan *beat.Plan) (text, field string) {
	if e.Spec.Kind == schedule.KindClocked && e.Spec.Clocked.Before(c.now) {
		return "has passed, a beat that finds it sends it at once", "clocked_time"
	}
	if end := plan.End(); !end.IsZero() && end.Before(c.now) {
		return "has passed", "end_time"
	}
	if _, ok := plan.Next(c.now); !ok {
		return "never runs: " + noInstant(e.Spec.Kind, plan, c.now), ""
	}
	return "", ""
}

// twin looks for two schedules that send the same at the same time.
func (c *lintCommand) twin(base remark, e *beat.Entry) {
	key := string(e.Spec.Hashed(e.Name).AppendKey(nil)) + fmt.Sprintf("\x00%s\x00%s\x00%s\x00%s\x00%s", e.Task, e.Args, e.Kwargs, e.ScheduleKwargs, e.Queue)
	if other, known := c.same[key]; known {
		base.Text = fmt.Sprintf("runs the same task with the same arguments at the same times as %q", other)
		c.say(base)
		return
	}
	c.same[key] = e.Name
}

func (c *lintCommand) report() error {
	err := c.app.Emit(c.remarks, func(w io.Writer) error {
		for _, r := range c.remarks {
			if _, err := fmt.Fprintln(w, printable(r.line())); err != nil {
				return fmt.Errorf("write answer: %w", err)
			}
		}
		if len(c.remarks) == 0 {
			_, err := fmt.Fprintln(w, "nothing to remark")
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range c.remarks {
		if r.Level == lintError || c.strict && r.Level == lintWarning {
			return errSilent
		}
	}
	return nil
}

func (r *remark) line() string {
	text := r.Text
	if r.Field != "" && r.Value != "" {
		text = fmt.Sprintf("%s: %.80q %s", r.Field, r.Value, r.Text)
	} else if r.Field != "" {
		text = r.Field + " " + r.Text
	}
	return fmt.Sprintf("%s: %s: %s: %s", r.Source, r.Name, r.Level, text)
}
