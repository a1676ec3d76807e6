package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/reconcile"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// planCommand shows what apply would do, or does it.
type planCommand struct {
	app   *App
	file  string
	apply bool
}

func newPlanCommand(a *App) *cobra.Command {
	c := &planCommand{app: a}
	return c.command("plan", "Shows what would change if the tasks were brought in line with beat_schedule.",
		`Compares the setting beat_schedule, from the settings file or from the code of the app, with the tasks of the database,
and shows what "beat apply" would do, each change with the first three runs after it. Nothing is written.`)
}

func newApplyCommand(a *App) *cobra.Command {
	c := &planCommand{app: a, apply: true}
	return c.command("apply", "Brings the tasks in line with beat_schedule.",
		`Creates and changes the tasks that the setting beat_schedule names, and switches off those that have gone from it. Tasks
that were made in another way are never touched; a name that one of them has is reported. "beat run" does the same when
it starts, unless the setting apply_at_start is false.`)
}

func (c *planCommand) command(name, short, long string) *cobra.Command {
	cmd := &cobra.Command{
		Use: name, Short: short,
		Long:    long + "\n\nThe exit code is 1 when an entry is wrong or its name is taken; the others are dealt with nevertheless.",
		Example: "  beat -A proj " + name + "\n  beat " + name + " --file schedules.yaml",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.Run(cmd.Context()) },
	}
	cmd.Flags().StringVar(&c.file, "file", "",
		"YAML or JSON with beat_schedule, in place of the setting; - is standard input")
	return cmd
}

// planStep is a step as it is shown.
type planStep struct {
	Action  reconcile.Action       `json:"action"`
	Name    string                 `json:"name"`
	Task    string                 `json:"task"`
	Words   string                 `json:"when,omitempty"`
	Zone    string                 `json:"zone,omitempty"`
	Changes []reconcile.Difference `json:"changes,omitempty"`
	Problem string                 `json:"problem,omitempty"`
	Next    []time.Time            `json:"next,omitempty"` // UTC

	entry beat.Entry // as it will be, or is
	runs  bool       // it has runs to come
	view  view
}

// Run plans or applies.
func (c *planCommand) Run(ctx context.Context) (err error) {
	cfg, err := c.app.Config()
	if err != nil {
		return err
	}
	if c.file != "" {
		text, err := c.app.readFile(c.file)
		if err != nil {
			return err
		}
		if cfg.Beat.Schedule, err = config.ParseSchedule(text); err != nil {
			return usagef("--file %s: %s", c.file, err)
		}
	}
	list, ok, err := c.app.scheduleList(cfg)
	if err != nil {
		return err
	}
	if !ok {
		return usagef("there is no beat_schedule: name a file with --file or --config, or an app with --app")
	}
	store, err := c.app.openStore(ctx, cfg, c.app.Logger(cfg))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	s, err := newSession(c.app, cfg, store)
	if err != nil {
		return err
	}
	shown := []planStep{}
	err = c.steps(ctx, &list, store, func(step *reconcile.Step, e beat.Entry) {
		shown = append(shown, newPlanStep(step, e))
	})
	if err != nil {
		return err
	}
	for i := range shown {
		if err := shown[i].look(ctx, s); err != nil {
			return err
		}
	}
	return c.report(shown)
}

func (c *planCommand) steps(
	ctx context.Context, list *reconcile.List, store Store, tell func(*reconcile.Step, beat.Entry),
) error {
	if c.apply {
		return bringInLine(ctx, list, store, tell)
	}
	if !store.Features().Owners {
		return errNoOwners
	}
	list.Adopt = store.Features().Unmarked
	steps, err := list.Plan(ctx, store)
	if err != nil {
		return err
	}
	for i := range steps {
		if s := &steps[i]; s.Action != reconcile.Keep {
			tell(s, s.New)
		}
	}
	return nil
}

func newPlanStep(step *reconcile.Step, e beat.Entry) planStep {
	p := planStep{
		Action: step.Action, Name: step.Name, Task: e.Task, Changes: slices.Clone(step.Changes), Problem: step.Problem,
		entry: e, runs: step.Todo(),
	}
	for i := range p.Changes {
		if d := &p.Changes[i]; d.Field == "schedule" {
			d.Old, d.New = notation(step.Old.Spec), notation(step.New.Spec)
		}
	}
	return p
}

// look finds the runs to come, as a beat plans them that knows what ran so far.
func (p *planStep) look(ctx context.Context, s *session) error {
	if !p.runs {
		return nil
	}
	st := beat.EntryState{Entry: p.entry}
	if p.entry.ID != "" {
		cursors, err := s.store.Get(ctx, []beat.EntryID{p.entry.ID})
		if err != nil {
			return fmt.Errorf("read what ran: %w", err)
		}
		st.Cursor = cursors[p.entry.ID]
	}
	if p.Action == reconcile.Change && len(p.Changes) > 0 {
		st.Entry.ModifiedAt = s.now // the moment from which a changed schedule counts
	}
	p.view = s.view(st, shownRuns)
	p.Words, p.Zone, p.Next = p.view.Words, p.view.Zone, p.view.Next
	return nil
}

func (c *planCommand) report(steps []planStep) error {
	wrong := false
	for i := range steps {
		wrong = wrong || steps[i].Problem != ""
	}
	if err := c.app.Emit(steps, func(w io.Writer) error { return c.print(w, steps) }); err != nil {
		return err
	}
	if wrong {
		return errSilent
	}
	return nil
}

func (c *planCommand) print(w io.Writer, steps []planStep) error {
	count := map[reconcile.Action]int{}
	for i := range steps {
		count[steps[i].Action]++
		if err := steps[i].print(w); err != nil {
			return err
		}
	}
	var parts []string
	for _, a := range []struct {
		action       reconcile.Action
		planned, did string
	}{
		{reconcile.Create, "to create", "created"},
		{reconcile.Change, "to change", "changed"},
		{reconcile.Disable, "to disable", "disabled"},
		{reconcile.Conflict, "in conflict", "in conflict"},
		{reconcile.Refuse, "refused", "refused"},
	} {
		word := a.planned
		if c.apply {
			word = a.did
		}
		if n := count[a.action]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
	}
	if len(parts) == 0 {
		parts = []string{"nothing to do: the tasks are in line with beat_schedule"}
	}
	_, err := fmt.Fprintln(w, strings.Join(parts, ", "))
	return err
}

func (p *planStep) print(w io.Writer) error {
	sign := map[reconcile.Action]string{
		reconcile.Create: "+", reconcile.Change: "~", reconcile.Disable: "-", reconcile.Conflict: "!", reconcile.Refuse: "!",
	}[p.Action]
	if _, err := fmt.Fprintf(w, "%s %s %s\n", sign, p.Action, printable(p.Name)); err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	var t table
	switch p.Action {
	case reconcile.Conflict, reconcile.Refuse:
		t.add(p.Problem)
	case reconcile.Disable:
		t.add("it has gone from beat_schedule")
	case reconcile.Change:
		for _, d := range p.Changes {
			t.add(d.Field, orDash(d.Old)+" -> "+orDash(d.New))
		}
		p.view.addRuns(&t)
	default:
		t.add("task", p.Task)
		t.add("when", p.Words+", "+p.Zone)
		p.view.addRuns(&t)
	}
	return t.write(w, "    ")
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
