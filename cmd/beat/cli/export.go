package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/beat/transfer"
)

// exportCommand writes all tasks of the store into a file.
type exportCommand struct {
	app    *App
	file   string // empty or "-": standard output
	format string
	state  bool
}

func newExportCommand(app *App) *cobra.Command {
	c := &exportCommand{app: app}
	cmd := &cobra.Command{
		Use:   "export [FILE]",
		Short: "Writes all tasks, with their schedules and how far they have run, as YAML or JSON.",
		Long: `Writes all tasks of the database, whichever it is, one document for each, in the order of their names. "beat import" puts
them into another database. Without FILE it writes to standard output. Arguments of tasks are part of it, so FILE is made
for its owner only.

A row that cannot be read is left out; it is named, and the exit code is not 0 then.`,
		Example: `  beat -S django export tasks.yaml
  beat export --format json | gzip >tasks.json.gz`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				c.file = args[0]
			}
			return c.Run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&c.format, "format", "", "yaml or json; by default what the name of FILE ends with, and else yaml")
	cmd.Flags().BoolVar(&c.state, "state", true, "how far each schedule has run, too")
	return cmd
}

// Run writes the file.
func (c *exportCommand) Run(ctx context.Context) (err error) {
	f := transfer.Format(c.format)
	if f == "" {
		f = transfer.YAML
		if strings.EqualFold(filepath.Ext(c.file), ".json") {
			f = transfer.JSON
		}
	}
	if f != transfer.YAML && f != transfer.JSON {
		return usagef("--format %q is not yaml or json", c.format)
	}
	return inSession(ctx, c.app, func(s *session) (err error) {
		out := c.app.Out
		if c.file != "" && c.file != "-" {
			file, err := os.OpenFile(c.file, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
			if err != nil {
				return fmt.Errorf("make the file of the export: %w", err)
			}
			defer func() { err = errors.Join(err, file.Close()) }()
			out = file
		}
		return c.write(ctx, s, out, f)
	})
}

func (c *exportCommand) write(ctx context.Context, s *session, w io.Writer, f transfer.Format) error {
	out := bufio.NewWriter(w)
	x := transfer.Exporter{Store: s.store, Format: f, WithState: c.state}
	n, err := x.Export(ctx, out)
	if err = errors.Join(err, out.Flush()); err == nil && c.file != "" && c.file != "-" {
		_, err = fmt.Fprintf(c.app.Out, "wrote %d tasks to %s\n", n, c.file)
	}
	return err
}
