package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/cmd/beat/celeryapp"
)

func newExportScriptCommand(a *App) *cobra.Command {
	return &cobra.Command{
		Use:   "export-script",
		Short: "Prints a Python script that writes the settings of a Celery app as JSON.",
		Long: `Prints a script of one file for Python 3.8 or newer with Celery 4.4 or newer, and nothing else. It imports the app once
and writes its settings, beat_schedule, routes, queues and the options of its tasks, for use as --config where no Python
is. Passwords are left out unless it is run with --secrets.

With -A, the other commands run it themselves when a Python that can import the app is at hand.`,
		Example: `  beat export-script | python - -A proj >exported.json
  beat --config exported.json`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			if _, err := io.WriteString(a.Out, celeryapp.Script()); err != nil {
				return fmt.Errorf("print the script: %w", err)
			}
			return nil
		},
	}
}
