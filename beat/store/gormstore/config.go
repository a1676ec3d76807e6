package gormstore

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/gobeat/gobeat/migrations"
)

// Defaults of Config.
const (
	DefaultMaxConns    = 4
	DefaultHistoryKeep = 30 * 24 * time.Hour
)

// ApplicationName is what connections to PostgreSQL call themselves unless the URL says otherwise.
const ApplicationName = "gobeat"

// zones are the time zones that may be named.
var zones = regexp.MustCompile(`^[A-Za-z0-9_+/-]*$`)

// schemas are the PostgreSQL schemas, and the tables of others, that may be named.
var schemas = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// Config says which database and which part of it a store uses. The zero value of each field but URL is its default.
type Config struct {
	// URL names the database, as SQLAlchemy and Django write it: postgresql://user:password@host:5432/name,
	// mysql:// or mariadb://user:password@host:3306/name, sqlite:///relative.db, sqlite:////absolute.db,
	// sqlite://:memory:. A driver after a plus sign (postgresql+psycopg2) is passed over.
	URL string

	// Namespace separates the tasks of several programs in the same tables. Default: the empty one.
	Namespace string

	// Prefix stands before the name of every table. Default: none.
	Prefix string

	// Schema holds the tables; only PostgreSQL has it. Default: the first of the user's search path.
	Schema string

	// Tasks names the table of tasks of another scheduler, whose rows are claimed in place of our own: a table with the
	// columns id, enabled, last_run_at and total_run_count, of which a claim writes the last three. Only the tables of
	// the state are made then, and what reads and edits rows is the business of whoever opens the store. Default: our
	// own tables. For SpentKeep it needs a column one_off.
	Tasks string

	// TasksZone is the zone of sessions in which the other scheduler writes last_run_at as UTC without a zone, so that the
	// column holds another instant. Only PostgreSQL, whose columns hold instants, has it. Default: the instant is the right
	// one.
	TasksZone string

	// MaxConns is the most connections for ordinary work; claims, migrations and the listener have a few of their own.
	// Default: DefaultMaxConns.
	MaxConns int

	// HistoryKeep is how long runs are kept in the ledger; less than zero keeps them for ever. Default:
	// DefaultHistoryKeep.
	HistoryKeep time.Duration

	// SpentKeep is how long tasks and schedules stay whose last run was sent: one-off and clocked ones, and those whose
	// max_runs is reached. They are removed with what is known of their runs but for the ledger. Default: for ever.
	SpentKeep time.Duration

	// Logger receives what goes wrong in housekeeping. Default: nothing is logged.
	Logger *slog.Logger
}

// Validate returns the first fault of the settings. It never shows the URL, which may hold a password.
func (c Config) Validate() error {
	if c.URL == "" {
		return errors.New("database URL is empty")
	}
	if len(c.Namespace) > 255 {
		return fmt.Errorf("namespace has %d bytes, at most 255 are allowed", len(c.Namespace))
	}
	if strings.HasSuffix(c.Namespace, " ") {
		return fmt.Errorf("namespace %q ends with a space, which MySQL and MariaDB do not tell from one without", c.Namespace)
	}
	if err := migrations.CheckPrefix(c.Prefix); err != nil {
		return err
	}
	if c.Tasks != "" && !schemas.MatchString(c.Tasks) {
		return fmt.Errorf("table of tasks %q: only lower-case letters, digits and underscores are allowed", c.Tasks)
	}
	if !zones.MatchString(c.TasksZone) {
		return fmt.Errorf("zone of the table of tasks %q: is not the name of a time zone", c.TasksZone)
	}
	if c.Schema != "" && !schemas.MatchString(c.Schema) {
		return fmt.Errorf("schema %q: only lower-case letters, digits and underscores are allowed", c.Schema)
	}
	if c.MaxConns < 0 {
		return fmt.Errorf("most connections: %d is negative", c.MaxConns)
	}
	u, err := parseURL(c.URL)
	if err != nil {
		return err
	}
	if c.Schema != "" && u.dialect != migrations.Postgres {
		return fmt.Errorf("schema %q: only PostgreSQL has schemas", c.Schema)
	}
	return nil
}

// part is what of the tables the migrations make.
func (c Config) part() migrations.Part {
	if c.Tasks != "" {
		return migrations.State
	}
	return migrations.All
}

// told is an SQL expression of what stands in last_run_at for an instant.
func (c Config) told(instant string) string {
	if c.TasksZone == "" {
		return instant
	}
	return "((" + instant + " at time zone 'UTC') at time zone '" + c.TasksZone + "')"
}

// ran is an SQL expression of the instant that a column last_run_at means.
func (c Config) ran(column string) string {
	if c.TasksZone == "" {
		return column
	}
	return "((" + column + " at time zone '" + c.TasksZone + "') at time zone 'UTC')"
}

func (c Config) withDefaults() Config {
	if c.MaxConns == 0 {
		c.MaxConns = DefaultMaxConns
	}
	if c.HistoryKeep == 0 {
		c.HistoryKeep = DefaultHistoryKeep
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}
