package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/transfer"
)

// importCommand puts the tasks of a file into the store.
type importCommand struct {
	app     *App
	file    string // "-": standard input
	replace bool
	skip    bool
	dryRun  bool
	state   bool
}

func newImportCommand(app *App) *cobra.Command {
	c := &importCommand{app: app}
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Puts the tasks of an export into the database.",
		Long: `Reads what "beat export" has written, or a file of that form, in YAML or JSON; - is standard input. Tasks whose name is
there already are left alone unless --replace is given. Doing it twice changes nothing more; one that was broken off is
repeated.

The whole file is checked before anything is written: everything that beat would set aside, or that the database has no
place for, is named, nothing is imported then, and the exit code is 1. --dry-run says the same and stops there; with --skip
the other tasks are imported.

How far each schedule has run is taken over, so that nothing is sent again and nothing left out; no beat may lead meanwhile.
With --state=false schedules count from now on.`,
		Example: `  beat -S django export tasks.yaml
  beat --database-url postgresql://user:password@host/name import --dry-run tasks.yaml
  beat --database-url postgresql://user:password@host/name import tasks.yaml`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.file = args[0]
			return c.Run(cmd.Context(), cmd.Flags().Changed("state"))
		},
	}
	cmd.Flags().BoolVar(&c.replace, "replace", false, "change tasks that are there to what the file says")
	cmd.Flags().BoolVar(&c.skip, "skip", false, "leave out tasks that would be refused, and import the others; the exit code is 1 all the same")
	cmd.Flags().BoolVar(&c.dryRun, "dry-run", false, "only say what would be done, and what would be refused")
	cmd.Flags().BoolVar(&c.state, "state", true, "take over how far each schedule has run")
	return cmd
}

// Run imports the file. When taking over the state was asked for, a database that cannot is an error.
func (c *importCommand) Run(ctx context.Context, stateAsked bool) error {
	file, err := c.open()
	if err != nil {
		return err
	}
	err = inSession(ctx, c.app, func(s *session) error { return c.read(ctx, s, file, stateAsked) })
	return errors.Join(err, file.Close())
}

// open opens the file. It is read twice, so what is no file, such as standard input, is kept in one as long.
func (c *importCommand) open() (io.ReadSeekCloser, error) {
	if c.file == "-" {
		return keep(c.app.In)
	}
	file, err := os.Open(c.file)
	if err != nil {
		return nil, fmt.Errorf("open the file to import: %w", err)
	}
	if _, err := file.Seek(0, io.SeekCurrent); err == nil {
		return file, nil
	}
	in, err := keep(file)
	return in, errors.Join(err, file.Close())
}

// kept is a temporary file, readable for its owner only. Close removes it.
type kept struct{ *os.File }

func keep(in io.Reader) (io.ReadSeekCloser, error) {
	file, err := os.CreateTemp("", "beat-import-")
	if err != nil {
		return nil, fmt.Errorf("keep what is to be imported: %w", err)
	}
	k := kept{file}
	_, err = io.Copy(file, in)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, fmt.Errorf("keep what is to be imported: %w", errors.Join(err, k.Close()))
	}
	return k, nil
}

// Close removes the file.
func (k kept) Close() error { return errors.Join(k.File.Close(), os.Remove(k.Name())) }

func (c *importCommand) read(ctx context.Context, s *session, in io.ReadSeeker, stateAsked bool) error {
	m := transfer.Importer{Store: s.store, Planner: s.compile, Replace: c.replace, Skip: c.skip, DryRun: c.dryRun, State: c.state}
	if m.State && !stateAsked && !transfer.TakesState(s.store) {
		m.State = false
		fmt.Fprintf(c.app.Err, "%s cannot take over how far schedules have run: they count from now on\n", s.store.Features().Name)
	}
	result, err := m.Import(ctx, in)
	if errors.Is(err, beat.ErrFenced) {
		err = fmt.Errorf("a beat leads here, and its place in each schedule cannot be changed: stop it, or give --state=false: %w", err)
	}
	return errors.Join(c.app.Emit(result, func(w io.Writer) error { return c.print(w, &result) }), err)
}

func (c *importCommand) print(w io.Writer, r *transfer.Result) error {
	how := ""
	if c.dryRun {
		how = " (nothing was written)"
	}
	var t table
	t.add("added", strconv.Itoa(r.Added)+how)
	t.add("replaced", strconv.Itoa(r.Replaced)+how)
	t.add("the same", strconv.Itoa(r.Same))
	kept := strconv.Itoa(r.Kept)
	if r.Kept > 0 {
		kept += " are there and differ; --replace changes them"
	}
	t.add("left alone", kept)
	t.add("refused", strconv.Itoa(r.Refused))
	return t.write(w, "")
}
