package cli

import "github.com/spf13/cobra"

// newReportCommand is what celery report is good for: what to put into a bug report.
func newReportCommand(a *App) *cobra.Command {
	return &cobra.Command{
		Use:    "report",
		Short:  "Prints the version and the effective settings, for bug reports; passwords are masked.",
		Args:   noArgs,
		Hidden: true,
		RunE: func(*cobra.Command, []string) error {
			if err := a.printVersion(); err != nil {
				return err
			}
			return (&configCommand{app: a}).Run()
		},
	}
}
