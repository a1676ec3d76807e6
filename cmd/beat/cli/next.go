package cli

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
)

// nextCommand tells coming instants: of rows, of a schedule given as flags, or of schedules that come in as lines.
type nextCommand struct {
	app      *App
	schedule scheduleFlags
	name     string
	stdin    bool
	after    string
	until    string
	count    int
	counted  bool // --count was given
}

func newNextCommand(app *App) *cobra.Command {
	c := &nextCommand{app: app}
	cmd := &cobra.Command{
		Use:   "next [NAME]",
		Short: "Tells when tasks run next.",
		Long: `Tells the coming runs of all tasks, of one task, or of a schedule given as flags, which needs no database. Times are
shown in the zone of the schedule, with its offset, and in UTC.

With --stdin it reads schedules as JSON objects, one a line, and answers each with one line, in order:
  {"id": 1, "kind": "crontab", "minute": "*/5", "timezone": "Europe/Berlin", "after": "2025-03-30T00:59:00Z", "count": 2}
  {"id": 1, "next": ["2025-03-30T01:00:00Z", "2025-03-30T01:05:00Z"]}
Kinds are crontab, interval (every, period, relative), solar (event, latitude, longitude), clocked (clocked_time), cron and
rrule (expression); a crontab may have dst, expression and name (for H), and all of them exclude, start_time, end_time,
max_runs, one_off and jitter_seconds (with schedule_id). What fires at the instant after is not among the answers, what
fires at until is. Without after it is now, without count and until it is one.`,
		Example: `  beat next
  beat next nightly --count 10
  beat next --crontab "30 2 * * *" --timezone Europe/Berlin --after 2025-03-29 --count 3`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("next takes one NAME, not %d; see beat next --help", len(args))
			}
			if len(args) == 1 {
				c.name = args[0]
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.counted = cmd.Flags().Changed("count")
			if err := c.Validate(); err != nil {
				return err
			}
			return c.Run(cmd.Context())
		},
	}
	c.schedule.register(cmd.Flags())
	cmd.Flags().BoolVar(&c.stdin, "stdin", false, "read schedules from standard input, see above; by default from the database")
	cmd.Flags().StringVar(&c.after, "after", "", "only what is later than this; by default now")
	cmd.Flags().StringVar(&c.until, "until", "", "only what is not later than this; by default no limit")
	cmd.Flags().IntVar(&c.count, "count", 5, "most runs to tell; without a limit when --until is given alone")
	return cmd
}

// Validate refuses flags that contradict one another.
func (c *nextCommand) Validate() error {
	switch {
	case c.stdin && (c.name != "" || c.schedule.states() || c.after != "" || c.until != "" || c.counted):
		return usagef("--stdin stands alone: each line says what it asks")
	case c.name != "" && c.schedule.given():
		return usagef("NAME and the flags of a schedule cannot stand together")
	case !c.stdin && c.schedule.given() && !c.schedule.states():
		return usagef("a schedule is missing: give one of --crontab, --every, --at, --cron, --rrule, --solar")
	case c.count < 1 || c.count > maxInstants:
		return usagef("--count: %d is out of range 1-%d", c.count, maxInstants)
	}
	return c.schedule.Validate()
}

// Run answers.
func (c *nextCommand) Run(ctx context.Context) error {
	if !c.stdin && !c.schedule.states() {
		return inSession(ctx, c.app, func(s *session) error { return c.rows(ctx, s) })
	}
	cfg, err := c.app.Config()
	if err != nil {
		return err
	}
	zone, err := cfg.Location()
	if err != nil {
		return err
	}
	var spec schedule.Spec
	if zone, err = c.schedule.apply(&spec, zone); err != nil {
		return err
	}
	compiler := scheduleCompiler(cfg, zone)
	if c.stdin {
		answer, err := nextAnswerer(compiler, time.Now)
		if err != nil {
			return err
		}
		return c.app.serveLines(ctx, answer)
	}
	return c.flags(compiler, spec, zone)
}

// flags tells the runs of the schedule that the flags state.
func (c *nextCommand) flags(compiler *kinds.Compiler, spec schedule.Spec, zone *time.Location) error {
	from, until, err := c.bounds(time.Now(), zone)
	if err != nil {
		return err
	}
	sched, err := compiler.Compile(spec.Hashed(""))
	if err != nil {
		return usagef("%s", err)
	}
	v := view{Words: words(spec, zone), Zone: zone.String(), Next: []time.Time{}, location: zone, schedule: sched}
	v.Spec = spec
	for at := from; len(v.Next) < c.limit(); {
		next, ok := sched.Next(at)
		if !ok {
			break
		}
		v.Next = append(v.Next, next)
		at = next
		if !until.IsZero() && next.After(until) {
			break
		}
	}
	return c.print([]view{v}, until)
}

// rows tells the runs of one task, or of all.
func (c *nextCommand) rows(ctx context.Context, s *session) error {
	after, until, err := c.bounds(s.now, s.zone)
	if err != nil {
		return err
	}
	s.now = after // from here on, views look ahead from there
	if c.name == "" {
		return c.all(ctx, s, until)
	}
	found, err := s.find(ctx, c.name)
	if err != nil {
		return err
	}
	views := make([]view, len(found))
	for i, st := range found {
		views[i] = s.view(st, c.limit())
	}
	return c.print(views, until)
}

// all tells the earliest runs of all tasks together.
func (c *nextCommand) all(ctx context.Context, s *session, until time.Time) error {
	var runs []comingRun
	err := s.each(ctx, beat.Filter{}, func(page []beat.EntryState) (bool, error) {
		for _, st := range page {
			v := s.view(st, c.limit())
			for _, at := range v.upTo(until) {
				runs = append(runs, comingRun{At: at, Name: v.Name, Schedule: v.ID, Zone: v.Zone, location: v.location})
			}
		}
		slices.SortStableFunc(runs, func(a, b comingRun) int { return a.At.Compare(b.At) })
		runs = runs[:min(len(runs), c.limit())]
		return true, nil
	})
	if err != nil {
		return err
	}
	if runs == nil {
		runs = []comingRun{}
	}
	return c.app.Emit(runs, func(w io.Writer) error { return printComing(w, runs) })
}

func (c *nextCommand) limit() int {
	if c.until != "" && !c.counted {
		return maxInstants
	}
	return c.count
}

func (c *nextCommand) bounds(now time.Time, zone *time.Location) (after, until time.Time, err error) {
	after = now.UTC()
	if c.after != "" {
		if after, err = parseTime(c.after, zone); err != nil {
			return after, until, usagef("--after: %s", err)
		}
	}
	if c.until != "" {
		if until, err = parseTime(c.until, zone); err != nil {
			return after, until, usagef("--until: %s", err)
		}
	}
	return after, until, nil
}
