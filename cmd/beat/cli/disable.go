package cli

import "github.com/spf13/cobra"

func newDisableCommand(app *App) *cobra.Command {
	c := &switchCommand{app: app, on: false, done: "disabled"}
	return c.command(&cobra.Command{
		Use:   "disable NAME…",
		Short: "Switches tasks off.",
		Long: `Switches tasks with all their schedules off, or one schedule of a task with --schedule. What was sent already
is not taken back. Doing it twice is harmless.`,
	})
}
