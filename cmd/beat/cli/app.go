package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
	"github.com/gobeat/gobeat/broker/message"
	"github.com/gobeat/gobeat/broker/pidbox"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// App is what the commands of one invocation share. In, Out and Err must be set.
type App struct {
	In  io.Reader
	Out io.Writer // results
	Err io.Writer // errors, logs, the banner

	Version string // of the program; empty: what the build knows
	Name    string // under which the program was started; empty: beat

	// LookupEnv reads the environment; nil: that of the process.
	LookupEnv func(name string) (string, bool)
	// Hangups returns a channel that gets a value when the settings are to be read again; nil: they never are. It is
	// only called by the commands that can do so.
	Hangups func(ctx context.Context) <-chan os.Signal

	args     []string               // as given
	startDir string                 // where the process was started; empty: where it is
	flags    map[string]config.Flag // settings given as flags, by setting
	unknown  []string               // flags that nobody knows, with --lenient
	imported imported               // what the code of the app says
	output   string                 // value of --output
	begun    bool                   // flags and arguments were right
}

// Store is what commands need of a store.
type Store interface {
	beat.Store
	beat.Catalog
	beat.Lister
}

// Publisher is what commands need of a broker.
type Publisher interface {
	beat.Publisher
	pidbox.Carrier
}

// Values of --output.
const (
	outputText = "text"
	outputJSON = "json"
)

// Execute runs the command line and returns the exit code of the process. SIGHUP has no meaning to it.
func Execute(ctx context.Context, args []string, in io.Reader, out, errw io.Writer) int {
	app := &App{In: in, Out: out, Err: errw}
	return app.Execute(ctx, args)
}

// Execute runs the command line, reports its error and returns the exit code of the process.
func (a *App) Execute(ctx context.Context, args []string) int {
	a.flags = map[string]config.Flag{}
	a.args = args
	if a.LookupEnv == nil {
		a.LookupEnv = os.LookupEnv
	}
	name, args := invocation(a.Name, args)
	root := newRootCommand(a) //nolint:contextcheck // cobra hands the context to the commands
	if name == asCelery {
		root = newCeleryCommand(a)
		if err := ofCelery(args, allFlags(root)); err != nil {
			return a.report(err)
		}
	}
	a.allowUnknown(root, args)
	root.SetArgs(args)
	root.SetIn(a.In)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	return a.report(root.ExecuteContext(ctx))
}

// Config returns the effective settings: defaults, file, environment, flags; the later wins.
func (a *App) Config() (config.Config, error) {
	return config.Load(a.sources())
}

func (a *App) sources() config.Sources {
	return config.Sources{LookupEnv: a.LookupEnv, Flags: a.flags, App: a.imported.settings}
}

// Builder returns what makes the messages under the settings.
func (a *App) Builder(cfg config.Config) (*message.Builder, error) {
	settings, err := messageSettings(cfg)
	if err != nil {
		return nil, err
	}
	b, err := message.NewBuilder(settings)
	if err != nil {
		return nil, fmt.Errorf("prepare messages: %w", err)
	}
	return b, nil
}

// Compiler returns what checks entries under the settings.
func (a *App) Compiler(cfg config.Config, b *message.Builder) *beat.Compiler {
	return beat.NewCompiler(scheduleCompiler(cfg, cfg.Message().Zone), b).WithPolicy(beat.Policy{
		Tasks: cfg.Beat.AllowTasks, Queues: cfg.Beat.AllowQueues, LeastInterval: cfg.Beat.LeastInterval,
	})
}

// scheduleCompiler returns what compiles schedules under the settings; those without a zone are read in the one given.
func scheduleCompiler(cfg config.Config, zone *time.Location) *kinds.Compiler {
	return kinds.NewCompiler(zone, cfg.Clock.Calendars.Find)
}

// Emit prints v as JSON when programs are to read the output, and calls people otherwise.
func (a *App) Emit(v any, people func(w io.Writer) error) error {
	if a.output != outputJSON {
		return people(a.Out)
	}
	enc := json.NewEncoder(a.Out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// origin is how a message names its sender, as Celery does.
func origin() string {
	return fmt.Sprintf("gen%d@%s", os.Getpid(), hostname())
}

func hostname() string {
	host, err := os.Hostname()
	if err != nil {
		return "localhost"
	}
	return host
}
