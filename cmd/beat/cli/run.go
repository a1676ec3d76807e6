package cli

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

// runCommand is the scheduler as a process. Its settings are those of the App.
type runCommand struct {
	app     *App
	version bool
	shadow  shadowing
}

func newRunCommand(a *App) *cobra.Command {
	c := &runCommand{app: a}
	cmd := &cobra.Command{
		Use:     "run",
		Aliases: []string{"beat"}, // so that only the word celery has to be replaced in "celery -A proj beat"
		Short:   "Runs the scheduler.",
		Long: `Sends each task of the database when it is due, until it is told to stop. Any number of them may run over the same
database: one leads, the others stand by and take over within seconds.

SIGTERM and SIGINT finish the work in hand and end with exit code 0; a second one ends at once. SIGUSR1 opens the log
anew; SIGHUP does so too and reads all settings again; if they are wrong, the old ones stay. Settings of the process itself (pidfile, uid,
gid, umask, workdir, log_format) need a restart.

When the database or the broker is away, it says so once and keeps trying.

With --shadow it sends and writes nothing beside another beat, and says where the two differ.`,
		Example: `  beat run --database-url postgresql://user:password@host/name -b amqp://user:password@host//
  beat -A proj beat -l info`,
		Args: a.settingArgs,
		RunE: c.run,
	}
	c.addFlags(cmd.Flags())
	return cmd
}

func (c *runCommand) addFlags(f *pflag.FlagSet) {
	c.app.addSettingFlags(f, runFlags())
	c.app.addSettingFlags(f, idleFlags())
	for _, d := range idleFlags() {
		f.Lookup(d.name).Hidden = true
	}
	f.BoolVar(&c.version, "version", false, "print the version")
	c.shadow.addFlags(f)
}

func (c *runCommand) run(cmd *cobra.Command, _ []string) error {
	if c.version || c.app.wantsVersion() {
		return c.app.printVersion()
	}
	return c.Run(cmd.Context())
}

// Run runs the scheduler until ctx ends.
func (c *runCommand) Run(ctx context.Context) (err error) {
	cfg, err := c.app.Config()
	if err != nil {
		return err
	}
	if err := withoutStore(&cfg); err != nil {
		return err
	}
	if c.shadow.on {
		if err := c.shadow.check(); err != nil {
			return err
		}
		cfg.Process.Detach, cfg.Process.Pidfile = false, ""
	}
	if cfg.Process.Detach && !c.app.detached() {
		return c.app.detach(ctx)
	}
	if err := dropPrivileges(cfg.Process); err != nil {
		return err
	}
	if err := protectMemory(); err != nil {
		return err
	}
	defer tuneGarbage(ctx)()
	hangups := c.hangups(ctx) // before anybody can know the process and send it one
	var pidfile heldPidfile
	if cfg.Process.Pidfile != "" {
		if pidfile, err = holdPidfile(cfg.Process.Pidfile); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, pidfile.release()) }()
	}
	log, err := c.app.openJournal(cfg.Log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.out.Close()) }()
	if !cfg.Log.Quiet && cfg.Log.Format == config.FormatText {
		if err := printBanner(c.app.Err, c.app.build().Version, &cfg); err != nil {
			return err
		}
	}
	c.greet(log, &cfg)
	if pidfile.noLock != nil {
		log.Warn("the pidfile cannot be locked, so only the process id in it counts", "pidfile", cfg.Process.Pidfile, "error", pidfile.noLock)
	}
	if c.shadow.on {
		return c.shadow.run(ctx, c.app, &cfg, log)
	}
	d := &daemon{app: c.app, log: log}
	if cfg.Each() {
		return d.runEach(ctx, cfg, hangups)
	}
	return d.run(ctx, cfg, hangups)
}

func (c *runCommand) hangups(ctx context.Context) <-chan os.Signal {
	if c.app.Hangups == nil {
		return nil
	}
	return c.app.Hangups(ctx)
}

// greet logs the first lines. The first one is celery beat's.
func (c *runCommand) greet(log *journal, cfg *config.Config) {
	log.Info("beat: Starting...", "version", c.app.build().Version, "database", cfg.Database.URL,
		"broker", cfg.Broker.Effective(), "timezone", zoneName(cfg))
	c.app.imported.log(log.Logger, cfg)
	if file := cfg.Beat.ScheduleFile; file != "" {
		log.Info("the schedule file is not needed and not used", "file", file)
	}
	for _, name := range cfg.Unused() {
		log.Debug("option of celery beat without a meaning here", "setting", name)
	}
	for _, name := range c.app.unknown {
		log.Warn("unknown flag is passed over", "flag", name)
	}
	if cfg.Process.Detach && cfg.Log.File == "" {
		log.Warn("detached without a logfile, so from now on nobody sees the log")
	}
	for _, w := range cfg.Warnings() {
		log.Warn("odd setting", "detail", w)
	}
}
