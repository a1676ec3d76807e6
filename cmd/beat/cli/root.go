package cli

import (
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newRootCommand joins the commands. Without the name of a command it is that of run.
func newRootCommand(a *App) *cobra.Command {
	run := &runCommand{app: a}
	root := &cobra.Command{
		Use:   "beat",
		Short: "Sends the periodic tasks of a database to Celery workers.",
		Long: `Sends periodic tasks to Celery workers: reads their schedules from a database, notices each change of a row while it
runs, and publishes at the right moment. It takes the place of celery beat; workers stay as they are.

Without a command it is "beat run", and it takes the flags of celery beat. Without any settings it uses the SQLite
file beat.db in the working directory and the broker amqp://guest:guest@localhost:5672//.

Settings carry Celery's names. They come from a file (--config), the environment (CELERY_<NAME>, BEAT_<NAME>, and
<NAME>_FILE for secrets) and flags; the later wins. "beat config" shows them all.`,
	}
	a.prepareRoot(root, run)
	root.AddCommand(
		newRunCommand(a), newDemoCommand(a), newMigrateCommand(a),
		newListCommand(a), newShowCommand(a), newAddCommand(a), newEditCommand(a), newEnableCommand(a),
		newDisableCommand(a), newRemoveCommand(a), newTriggerCommand(a), newNextCommand(a), newForecastCommand(a), newLintCommand(a), newMessageCommand(a),
		newExportCommand(a), newImportCommand(a), newExportScriptCommand(a), newPlanCommand(a), newApplyCommand(a), newCheckCommand(a), newHealthcheckCommand(a), newStatusCommand(a), newWhyCommand(a), newConfigCommand(a), newVersionCommand(a), newReportCommand(a),
	)
	return root
}

// newCeleryCommand is what stands in for the program celery: its command beat and no other.
func newCeleryCommand(a *App) *cobra.Command {
	run := &runCommand{app: a}
	root := &cobra.Command{
		Use:   "celery",
		Short: "Stands in for celery beat.",
		Long: `This is gobeat under the name celery. It serves "celery beat" and no other command of Celery; start workers with the
celery of Python. Under its own name, beat, it has commands of its own.`,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	a.prepareRoot(root, run)
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		if run.version || a.wantsVersion() {
			return a.printVersion()
		}
		return cmd.Help()
	}
	root.AddCommand(newRunCommand(a), newReportCommand(a))
	return root
}

// prepareRoot gives a root command what all of them have.
func (a *App) prepareRoot(root *cobra.Command, run *runCommand) {
	root.SilenceErrors, root.SilenceUsage = true, true
	root.Args, root.PersistentPreRunE, root.RunE = a.settingArgs, a.begin, run.run
	a.addSettingFlags(root.PersistentFlags(), commonFlags())
	root.PersistentFlags().StringVarP(&a.output, "output", "o", outputText, "form of the output: text or json")
	run.addFlags(root.Flags())
	root.SetFlagErrorFunc(flagError)
}

// allFlags are those of a root command and of every command.
func allFlags(root *cobra.Command) *pflag.FlagSet {
	all := pflag.NewFlagSet(root.Name(), pflag.ContinueOnError)
	all.AddFlagSet(root.PersistentFlags())
	all.AddFlagSet(root.Flags())
	return all
}

// allowUnknown passes over flags that the scheduler does not know when it is told to be lenient, and keeps their names.
func (a *App) allowUnknown(root *cobra.Command, args []string) {
	lenient := slices.Contains(args, "--lenient")
	if !lenient {
		lenient = a.sources().Truth("lenient")
	}
	if !lenient {
		return
	}
	allow := cobra.FParseErrWhitelist{UnknownFlags: true}
	root.FParseErrWhitelist = allow
	for _, cmd := range root.Commands() {
		if cmd.Name() == "run" {
			cmd.FParseErrWhitelist = allow
		}
	}
	a.unknown = unknownFlags(args, allFlags(root))
}

// begin is called when flags and arguments have been read.
func (a *App) begin(cmd *cobra.Command, _ []string) error {
	if a.output != outputText && a.output != outputJSON {
		return usagef("--output %q is not text or json", a.output)
	}
	if dir, from := a.sources().Text("workdir"); dir != "" {
		a.startDir = workingDirectory()
		if err := os.Chdir(dir); err != nil {
			return usagef("workdir (%s): %s", from, err)
		}
	}
	a.begun = true
	return a.importFor(cmd)
}

// workingDirectory returns where the process is; empty when that cannot be told.
func workingDirectory() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	return dir
}
