package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/cmd/beat/config"
	"github.com/gobeat/gobeat/cmd/beat/demo"
)

// demoCommand runs everything in one process: a SQLite file, a Redis, the scheduler and a worker.
type demoCommand struct {
	app  *App
	dir  string
	port int
	last time.Duration // --for; 0: until it is told to stop

	executed int // by the worker, whose goroutine counts
}

func newDemoCommand(a *App) *cobra.Command {
	c := &demoCommand{app: a}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Shows it at work: database, broker, scheduler and a worker in one process; needs nothing installed.",
		Long: `Runs the scheduler with a SQLite file, a Redis inside the process and a worker that prints what it would execute. It
takes no settings from file or environment. Change rows from another terminal while it runs, or let a real Celery
worker join; it prints the commands.`,
		Args: noArgs,
		RunE: c.run,
	}
	cmd.Flags().StringVar(&c.dir, "dir", "", "directory for the SQLite file, which stays; without it a temporary one")
	cmd.Flags().IntVar(&c.port, "port", 0, "port of the Redis on 127.0.0.1; 0 takes a free one")
	cmd.Flags().DurationVar(&c.last, "for", 0, "end after this time, such as 5s; 0 runs until Ctrl-C")
	return cmd
}

// Validate says which flag is wrong.
func (c *demoCommand) Validate() error {
	if c.port < 0 || c.port > 65535 {
		return usagef("--port %d is not between 0 and 65535", c.port)
	}
	if c.last < 0 {
		return usagef("--for %s is negative", c.last)
	}
	return nil
}

func (c *demoCommand) run(cmd *cobra.Command, _ []string) error {
	if err := c.Validate(); err != nil {
		return err
	}
	return c.Run(cmd.Context())
}

// Run runs the demo until ctx ends or its time is over.
func (c *demoCommand) Run(ctx context.Context) (err error) {
	dir, remove, err := c.directory()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	server, err := demo.Start(c.port)
	if err != nil {
		return err
	}
	defer server.Close()
	cfg, err := config.Load(config.Sources{Flags: map[string]config.Flag{
		"database_url": {Name: "demo", Value: "sqlite:///" + filepath.ToSlash(filepath.Join(dir, "beat.db"))},
		"broker_url":   {Name: "demo", Value: server.URL()},
		"loglevel":     {Name: "demo", Value: "warning"},
	}})
	if err != nil {
		return err
	}
	if err := c.fill(ctx, cfg); err != nil {
		if ctx.Err() != nil {
			return nil // told to stop already
		}
		return err
	}
	if err := c.explain(&cfg); err != nil {
		return err
	}
	return c.play(ctx, cfg, server)
}

// directory returns where the database is, and what removes it at the end.
func (c *demoCommand) directory() (dir string, remove func() error, err error) {
	if c.dir != "" {
		dir, err := filepath.Abs(c.dir)
		if err == nil {
			err = os.MkdirAll(dir, 0o755)
		}
		if err != nil {
			return "", nil, fmt.Errorf("prepare the directory: %w", err)
		}
		return dir, func() error { return nil }, nil
	}
	dir, err = os.MkdirTemp("", "beat-demo-")
	if err != nil {
		return "", nil, fmt.Errorf("make a directory: %w", err)
	}
	return dir, func() error { return os.RemoveAll(dir) }, nil
}

// fill adds the schedules, unless a former demo did.
func (c *demoCommand) fill(ctx context.Context, cfg config.Config) error {
	st, err := c.app.OpenStore(ctx, cfg)
	if err != nil {
		return err
	}
	for _, e := range demoEntries() {
		if _, err := st.Add(ctx, e); err != nil && !errors.Is(err, beat.ErrExists) {
			return errors.Join(fmt.Errorf("add %s: %w", e.Name, err), st.Close())
		}
	}
	return st.Close()
}

// demoEntries call the tasks of examples/python, so that a real worker can execute them.
func demoEntries() []beat.Entry {
	entry := func(name, task, args string, spec schedule.Spec) beat.Entry {
		return beat.Entry{
			Name: name, Task: task, Args: json.RawMessage(args), Spec: spec, Enabled: true, Active: true,
		}
	}
	return []beat.Entry{
		entry("welcome", "tasks.echo", `["it works"]`, // at once, and only once
			schedule.Spec{Kind: schedule.KindClocked, Clocked: time.Now().UTC()}),
		entry("every-second", "tasks.echo", `["tick"]`,
			schedule.Spec{Kind: schedule.KindInterval, Every: 1, Period: "seconds"}),
		entry("every-5-seconds", "tasks.add", `[2, 3]`,
			schedule.Spec{Kind: schedule.KindInterval, Every: 5, Period: "seconds"}),
		entry("each-minute", "tasks.echo", `["a new minute"]`,
			schedule.Spec{Kind: schedule.KindCrontab, Minute: "*"}),
	}
}

// explain prints what is there and what to try.
func (c *demoCommand) explain(cfg *config.Config) error {
	program := "beat"
	if len(os.Args) > 0 && filepath.Base(os.Args[0]) != os.Args[0] {
		program = os.Args[0] // it is not in the search path
	}
	url := cfg.Database.URL.Reveal()
	_, err := fmt.Fprintf(c.app.Out, `Scheduler, database, broker and a worker run in this process.

From another terminal, change a schedule and watch it take effect here within a second:

  %[1]s edit every-second --every 3s --database-url %[2]s
  %[1]s add hello --task tasks.echo --args '["hello"]' --every 2s --database-url %[2]s
  sqlite3 %[3]s "update periodic_task set enabled = 0 where name = 'every-5-seconds'"

A real Celery worker may join and take its share (in examples/python of the source):

  CELERY_BROKER_URL=%[4]s celery -A tasks worker

Ctrl-C ends the demo. What the worker executes:

`, program, url, url[len("sqlite:///"):], cfg.Broker.URL)
	return err
}

// play runs scheduler and worker; the worker ends after the scheduler.
func (c *demoCommand) play(ctx context.Context, cfg config.Config, server *demo.Server) error {
	log, err := c.app.openJournal(cfg.Log)
	if err != nil {
		return err
	}
	working, stopWorking := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWorking()
	scheduling, stopScheduling := context.WithCancel(ctx)
	defer stopScheduling()
	if c.last > 0 {
		defer time.AfterFunc(c.last, stopScheduling).Stop()
	}
	worked := make(chan error, 1)
	go func() {
		worked <- demo.NewWorker(server, c.show).Run(working)
		stopScheduling()
	}()
	err = (&daemon{app: c.app, log: log}).run(scheduling, cfg, nil)
	stopWorking()
	err = errors.Join(err, <-worked)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.app.Out, "\nThe worker executed %d tasks. Next: beat run --help\n", c.executed)
	return err
}

// show prints one execution.
func (c *demoCommand) show(e demo.Execution) error {
	c.executed++
	delay := ""
	if !e.Scheduled.IsZero() {
		delay = fmt.Sprintf("  %.1f ms after its time", float64(e.At.Sub(e.Scheduled).Microseconds())/1000)
	}
	_, err := fmt.Fprintf(c.app.Out, "%s  %-16s %s %s%s\n", e.At.Format("15:04:05.000"), e.Name, e.Task, e.Args, delay)
	return err
}
