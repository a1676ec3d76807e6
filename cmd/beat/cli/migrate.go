package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/foreign"
	"github.com/gobeat/gobeat/migrations"
)

// migrateCommand moves the tables from version to version.
type migrateCommand struct {
	app *App

	all bool // down: take back everything
	yes bool
	to  string // sql: dialect

	triggers, noTriggers bool
}

func newMigrateCommand(a *App) *cobra.Command {
	c := &migrateCommand{app: a}
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Creates, updates, removes or shows the program's own tables.",
		Long: `Moves the program's own tables from version to version, under a lock, so that several may be started at once. With the
setting migrate at auto, the default, every start does "migrate up" itself.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("migrate: %q is not one of up, down, status, sql", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.triggers == c.noTriggers {
				return usagef("migrate needs one of up, down, status, sql, --triggers, --no-triggers")
			}
			return c.notify(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&c.triggers, "triggers", false,
		"with -S django or sqlalchemy on PostgreSQL: add triggers that tell beat of every change of those tables at once")
	cmd.Flags().BoolVar(&c.noTriggers, "no-triggers", false, "remove those triggers")
	down := c.sub("down", "Takes the newest migration back; its columns and tables are lost with their contents.", c.down)
	down.Flags().BoolVar(&c.all, "all", false, "take all of them back: removes every table of the program")
	down.Flags().BoolVarP(&c.yes, "yes", "y", false, "really do it")
	sql := c.sub("sql", "Prints the statements that create the tables, for people who run them by hand.", c.sql)
	sql.Flags().StringVar(&c.to, "dialect", "", "postgres, mysql or sqlite; without it that of database_url")
	cmd.AddCommand(
		c.sub("up", "Creates the tables, or brings them up to date.", c.up),
		down,
		c.sub("status", "Shows which migrations there are and which are applied; writes nothing.", c.status),
		sql,
	)
	return cmd
}

func (c *migrateCommand) sub(name, short string, run func(context.Context) error) *cobra.Command {
	return &cobra.Command{
		Use:   name,
		Short: short,
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return run(cmd.Context()) },
	}
}

// step is a migration as it is printed.
type step struct {
	Version int64  `json:"version"`
	Name    string `json:"name"`
	Applied bool   `json:"applied"`
}

func (c *migrateCommand) up(ctx context.Context) error {
	return c.with(ctx, func(st migrated) error {
		before, err := st.Migrations().Version(ctx)
		if err != nil {
			return err
		}
		if err := st.Prepare(ctx, beat.PrepareCreate); err != nil { // also makes the schema
			return err
		}
		all, err := st.Migrations().Status(ctx)
		if err != nil {
			return err
		}
		done := slices.DeleteFunc(all, func(s migrations.Step) bool { return s.Version <= before })
		return c.print(done, fmt.Sprintf("the tables have version %d, nothing to do", before))
	})
}

func (c *migrateCommand) down(ctx context.Context) error {
	if !c.yes {
		return usagef("migrate down removes tables with their contents; say --yes if you mean it")
	}
	return c.with(ctx, func(st migrated) error {
		m := st.Migrations()
		if c.all {
			if n, ok := st.(notifying); ok {
				if err := n.RemoveTriggers(ctx); err != nil && !errors.Is(err, foreign.ErrNoTriggers) {
					return err
				}
			}
			done, err := m.DownTo(ctx, 0)
			if err != nil {
				return err
			}
			return c.print(done, "there are no tables")
		}
		done, err := m.Down(ctx)
		if err != nil {
			return err
		}
		return c.print([]migrations.Step{done}, "")
	})
}

func (c *migrateCommand) status(ctx context.Context) error {
	return c.with(ctx, func(st migrated) error {
		all, err := st.Migrations().Status(ctx)
		if err != nil {
			return err
		}
		return c.print(all, "")
	})
}

func (c *migrateCommand) sql(context.Context) error {
	cfg, err := c.app.Config()
	if err != nil {
		return err
	}
	d := migrations.Dialect(c.to)
	if c.to == "" {
		if d, err = dialect(&cfg); err != nil {
			return err
		}
	}
	prefix, part := tables(&cfg)
	text, err := migrations.SQL(d, prefix, part)
	if err != nil {
		return usagef("migrate sql: %s", err)
	}
	_, err = io.WriteString(c.app.Out, text)
	return err
}

// notifying is a store over tables of others, to which it can add triggers.
type notifying interface {
	AddTriggers(ctx context.Context) error
	RemoveTriggers(ctx context.Context) error
}

func (c *migrateCommand) notify(ctx context.Context) error {
	return c.with(ctx, func(st migrated) error {
		n, ok := st.(notifying)
		if !ok {
			return usagef("migrate --triggers and --no-triggers are for the tables of other schedulers: the program's own tables always have triggers")
		}
		change, done := n.AddTriggers, "added"
		if c.noTriggers {
			change, done = n.RemoveTriggers, "removed"
		}
		if err := change(ctx); err != nil {
			return err
		}
		return c.app.Emit(map[string]string{"triggers": done}, func(w io.Writer) error {
			_, err := fmt.Fprintln(w, "triggers", done)
			return err
		})
	})
}

// with opens the database without looking at its tables.
func (c *migrateCommand) with(ctx context.Context, work func(migrated) error) error {
	cfg, err := c.app.Config()
	if err != nil {
		return err
	}
	if _, err := dialect(&cfg); err != nil {
		return err
	}
	st, err := newMigrated(ctx, cfg, c.app.Logger(cfg))
	if err != nil {
		return err
	}
	return errors.Join(work(st), st.Close())
}

func (c *migrateCommand) print(steps []migrations.Step, none string) error {
	out := make([]step, len(steps))
	for i, s := range steps {
		out[i] = step(s)
	}
	return c.app.Emit(out, func(w io.Writer) error {
		if len(out) == 0 {
			_, err := fmt.Fprintln(w, none)
			return err
		}
		t := &table{}
		for _, s := range out {
			state := "pending"
			if s.Applied {
				state = "applied"
			}
			t.add(s.Name, state)
		}
		return t.write(w, "")
	})
}
