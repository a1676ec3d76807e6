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
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// Results of a check.
const (
	checkOK   = "ok"
	checkWarn = "warn"
	checkFail = "FAIL"
)

const (
	checkTimeout = 10 * time.Second // for an answer of the database, and of the broker
	mostSkew     = 300 * time.Millisecond
)

// finding is one line of the report.
type finding struct {
	Result string `json:"result"` // ok, warn or FAIL
	About  string `json:"about"`
	Detail string `json:"detail"`
}

// checkCommand looks at everything that the scheduler needs, and changes nothing.
type checkCommand struct {
	app    *App
	report []finding
	needs  needs
	lead   beat.LeaseState
}

func newCheckCommand(a *App) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Checks settings, database, tables, broker and rows, and reports what is wrong.",
		Long: `Looks at everything that the scheduler needs: settings, time zone, database and its tables, broker, and every row. Workers
are asked, over Celery's remote control, whether one knows each task and reads each queue; they have a second for that, and the
setting ask_workers switches it off. Looked for are also the traces of a second beat, which must not run beside this one: runs
by somebody else in the tables of django-celery-beat and its like, the lock of a RedBeat, and in this directory the schedule
and the pidfile of a celery beat.

It changes nothing. The report has a line for each thing: ok, warn or FAIL; the exit code is 1 when one of them is FAIL.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return (&checkCommand{app: a}).Run(cmd.Context())
		},
	}
}

// Run makes the report and prints it.
func (c *checkCommand) Run(ctx context.Context) error {
	if cfg, ok := c.settings(); ok {
		c.database(ctx, cfg)
		c.broker(ctx, cfg)
		c.secondByLock(ctx, cfg)
		c.secondByFiles(&cfg, time.Now())
	}
	err := c.app.Emit(c.report, func(w io.Writer) error {
		t := &table{}
		for _, f := range c.report {
			t.add(f.Result, f.About, f.Detail)
		}
		return t.write(w, "")
	})
	if err != nil {
		return err
	}
	for _, f := range c.report {
		if f.Result == checkFail {
			return errSilent
		}
	}
	return nil
}

func (c *checkCommand) add(result, about, format string, args ...any) {
	detail := strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " ")
	c.report = append(c.report, finding{Result: result, About: about, Detail: detail})
}

func (c *checkCommand) settings() (config.Config, bool) {
	cfg, err := c.app.Config()
	if wrong, ok := errors.AsType[config.Errors](err); ok {
		for _, e := range wrong {
			c.add(checkFail, "settings", "%s", e)
		}
		return cfg, false
	}
	if err != nil {
		c.add(checkFail, "settings", "%s", err)
		return cfg, false
	}
	source := "all at their defaults"
	if cfg.File != "" {
		source = "from " + cfg.File + ", environment and flags"
	} else if !cfg.Defaults() {
		source = "from environment and flags"
	}
	c.add(checkOK, "settings", "%s", source)
	for _, w := range cfg.Warnings() {
		c.add(checkWarn, "settings", "%s", w)
	}
	zone, err := cfg.Location()
	if err != nil {
		c.add(checkFail, "timezone", "%s", err)
		return cfg, false
	}
	c.add(checkOK, "timezone", "%s (%s), there it is %s", zone, cfg.Origin("timezone"),
		time.Now().In(zone).Format("15:04:05 -07:00"))
	return cfg, true
}

func (c *checkCommand) database(ctx context.Context, cfg config.Config) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	st, err := newStore(ctx, cfg, c.app.Logger(cfg))
	if err != nil {
		c.add(checkFail, "database", "%s", err)
		return
	}
	defer func() {
		if err := st.Close(); err != nil {
			c.add(checkWarn, "database", "could not be closed: %s", err)
		}
	}()
	err = st.Prepare(ctx, beat.PrepareCheck)
	switch {
	case errors.Is(err, beat.ErrMigrate) && cfg.Database.Migrate == config.MigrateAuto:
		c.add(checkOK, "database", "%s at %s", st.Features().Name, cfg.Database.URL)
		c.add(checkWarn, "tables", "%s; the next start of beat run sees to it", err)
		return
	case errors.Is(err, beat.ErrMigrate):
		c.add(checkOK, "database", "%s at %s", st.Features().Name, cfg.Database.URL)
		c.add(checkFail, "tables", "%s", err)
		return
	case err != nil:
		c.add(checkFail, "database", "%s: %s", cfg.Database.URL, err)
		return
	}
	c.add(checkOK, "database", "%s at %s", st.Features().Name, cfg.Database.URL)
	c.add(checkOK, "tables", "up to date")
	c.clock(ctx, st)
	c.leader(ctx, st)
	c.rows(ctx, cfg, st)
}

func (c *checkCommand) clock(ctx context.Context, st Store) {
	now, err := st.Now(ctx)
	if errors.Is(err, beat.ErrNoClock) {
		return
	}
	if err != nil {
		c.add(checkFail, "clock", "%s", err)
		return
	}
	if skew := time.Since(now); skew.Abs() > mostSkew {
		c.add(checkWarn, "clock", "this host is %s off the database; runs may be late by that", skew.Round(time.Millisecond))
		return
	}
	c.add(checkOK, "clock", "agrees with the database")
}

func (c *checkCommand) leader(ctx context.Context, st Store) {
	l, err := st.Leader(ctx, 0)
	switch {
	case errors.Is(err, beat.ErrNotFound) || (err == nil && !l.Held):
		c.add(checkWarn, "leader", "no beat is running on this database")
	case err != nil:
		c.add(checkFail, "leader", "%s", err)
	default:
		c.lead = l
		c.add(checkOK, "leader", "%s", l.Name)
	}
}

// rows reports each row that cannot run. One that is switched off harms nobody.
func (c *checkCommand) rows(ctx context.Context, cfg config.Config, st Store) {
	build, err := c.app.Builder(cfg)
	if err != nil {
		c.add(checkFail, "messages", "%s", err)
		return
	}
	s := &session{store: st, config: cfg, build: build, compile: c.app.Compiler(cfg, build), now: time.Now().UTC()}
	good := 0
	c.needs = needs{}
	traces := newTraces(c.lead, s.now)
	err = s.each(ctx, beat.Filter{}, func(page []beat.EntryState) (bool, error) {
		for i := range page {
			e := &page[i].Entry
			traces.add(&page[i], cfg.Beat.Kind())
			plan, bad := s.compile.Plan(e)
			switch {
			case bad == nil:
				good++
				if plan.Running {
					c.needs.add(wantsOf(build, plan.Task()), plan.Name)
				}
			case e.Running() || e.Bad != nil:
				c.add(checkFail, "row", "%s (schedule %s): %s", e.Name, e.ID, bad.Reason())
			default:
				c.add(checkWarn, "row", "%s (schedule %s), switched off: %s", e.Name, e.ID, bad.Reason())
			}
		}
		return true, nil
	})
	if err != nil {
		c.add(checkFail, "rows", "%s", err)
		return
	}
	c.add(checkOK, "rows", "%d are right", good)
	c.secondByRows(&traces, cfg.Message().Zone)
}

func (c *checkCommand) broker(ctx context.Context, cfg config.Config) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	pub, err := c.app.OpenPublisher(ctx, cfg)
	if err != nil {
		c.add(checkFail, "broker", "%s", err)
		return
	}
	if err := pub.Check(ctx); err != nil {
		c.add(checkFail, "broker", "%s: %s", cfg.Broker.Effective(), err)
	} else {
		c.add(checkOK, "broker", "%s accepts messages", cfg.Broker.Effective())
		if cfg.Control.AskWorkers {
			c.workers(ctx, pub, &cfg)
		}
	}
	if err := pub.Close(); err != nil {
		c.add(checkWarn, "broker", "could not be closed: %s", err)
	}
}
