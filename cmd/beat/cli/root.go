package cli

import (
	"os"

	"github.com/spf13/cobra"
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
		SilenceErrors:     true,
		SilenceUsage:      true,
		Args:              a.settingArgs,
		PersistentPreRunE: a.begin,
		RunE:              run.run,
	}
	a.addSettingFlags(root.PersistentFlags(), commonFlags())
	root.PersistentFlags().StringVarP(&a.output, "output", "o", outputText, "form of the output: text or json")
	run.addFlags(root.Flags())
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		newRunCommand(a), newDemoCommand(a), newMigrateCommand(a),
		newListCommand(a), newShowCommand(a), newAddCommand(a), newEditCommand(a), newEnableCommand(a),
		newDisableCommand(a), newRemoveCommand(a), newTriggerCommand(a), newNextCommand(a), newForecastCommand(a), newLintCommand(a), newMessageCommand(a),
		newCheckCommand(a), newHealthcheckCommand(a), newStatusCommand(a), newWhyCommand(a), newConfigCommand(a), newVersionCommand(a),
	)
	return root
}

// begin is called when flags and arguments have been read.
func (a *App) begin(*cobra.Command, []string) error {
	if a.output != outputText && a.output != outputJSON {
		return usagef("--output %q is not text or json", a.output)
	}
	if dir, from := a.sources().Text("workdir"); dir != "" {
		if err := os.Chdir(dir); err != nil {
			return usagef("workdir (%s): %s", from, err)
		}
	}
	a.begun = true
	return nil
}
