package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/pressly/goose/v3"
)

// Migrations brings the tables of one database and prefix to a version. Its methods are safe for concurrent use, also
// by several processes.
type Migrations struct {
	dialect  Dialect
	prefix   string
	db       *sql.DB
	provider *goose.Provider
}

// Step is one migration.
type Step struct {
	Version int64
	Name    string // of the file
	Applied bool
}

// A PendingError says that the tables have another version than this program needs.
type PendingError struct {
	Current int64 // 0: there are no tables
	Want    int64
}

// Error says which version there is and which is needed.
func (e *PendingError) Error() string {
	switch {
	case e.Current == 0:
		return "the tables do not exist yet"
	case e.Current > e.Want:
		return fmt.Sprintf("the tables have version %d, made by a newer program; this one knows %d", e.Current, e.Want)
	}
	return fmt.Sprintf("the tables have version %d, version %d is needed", e.Current, e.Want)
}

// New prepares the migrations of a database; it does not connect. On PostgreSQL the tables are made in the first
// schema of the connections' search path. A prefix stands for one part: both have the same names and versions.
func New(d Dialect, db *sql.DB, prefix string, part Part) (*Migrations, error) {
	src, err := source(d, prefix, part)
	if err != nil {
		return nil, err
	}
	dialect := goose.Dialect(d)
	if d == SQLite {
		dialect = goose.DialectSQLite3
	}
	provider, err := goose.NewProvider(dialect, db, src,
		goose.WithTableName(prefix+"beat_schema_version"),
		goose.WithSessionLocker(locker{dialect: d, prefix: prefix}),
		goose.WithDisableGlobalRegistry(true),
	)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return &Migrations{dialect: d, prefix: prefix, db: db, provider: provider}, nil
}

// Up applies all migrations that are missing and returns them. Doing so twice, or at once with others, is harmless.
func (m *Migrations) Up(ctx context.Context) ([]Step, error) {
	release, err := m.begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrate up: %w", err)
	}
	defer release()
	var all []Step
	for {
		before, err := m.Version(ctx)
		if err != nil {
			return nil, err
		}
		if before > m.Latest() {
			return nil, &PendingError{Current: before, Want: m.Latest()}
		}
		done, err := m.provider.Up(ctx)
		if err == nil {
			return append(all, steps(done)...), nil
		}
		if partial, ok := errors.AsType[*goose.PartialError](err); ok {
			all = append(all, steps(partial.Applied)...)
		}
		// Another program may have been faster where there is no lock; then the version has moved.
		after, lost := m.Version(ctx)
		if m.dialect != SQLite || lost != nil || after <= before {
			return nil, fmt.Errorf("migrate up: %w", err)
		}
	}
}

// Down takes the newest migration back. Down without any is an error.
func (m *Migrations) Down(ctx context.Context) (Step, error) {
	done, err := m.provider.Down(ctx)
	if errors.Is(err, goose.ErrNoNextVersion) {
		return Step{}, errors.New("migrate down: nothing to take back")
	}
	if err != nil {
		return Step{}, fmt.Errorf("migrate down: %w", err)
	}
	return steps([]*goose.MigrationResult{done})[0], nil
}

// DownTo takes back all migrations above a version, the newest first; 0 removes all tables with their contents.
func (m *Migrations) DownTo(ctx context.Context, version int64) ([]Step, error) {
	done, err := m.provider.DownTo(ctx, version)
	if err != nil {
		return nil, fmt.Errorf("migrate down to %d: %w", version, err)
	}
	return steps(done), nil
}

func steps(done []*goose.MigrationResult) []Step {
	var list []Step
	for _, r := range done {
		list = append(list, Step{Version: r.Source.Version, Name: r.Source.Path, Applied: r.Direction == "up"})
	}
	return list
}

// Status returns all migrations, the oldest first. It writes nothing.
func (m *Migrations) Status(ctx context.Context) ([]Step, error) {
	current, err := m.Version(ctx)
	if err != nil {
		return nil, err
	}
	var list []Step
	for _, s := range m.provider.ListSources() {
		list = append(list, Step{Version: s.Version, Name: s.Path, Applied: s.Version <= current})
	}
	return list, nil
}

// Check returns *PendingError unless the tables have exactly the version of this program. It writes nothing.
func (m *Migrations) Check(ctx context.Context) error {
	current, err := m.Version(ctx)
	if err != nil {
		return err
	}
	if current != m.Latest() {
		return &PendingError{Current: current, Want: m.Latest()}
	}
	return nil
}

// Latest is the version that this program needs.
func (m *Migrations) Latest() int64 {
	sources := m.provider.ListSources()
	return sources[len(sources)-1].Version
}

// Version is the version of the tables, 0 when there are none. It writes nothing.
func (m *Migrations) Version(ctx context.Context) (int64, error) {
	table := m.prefix + "beat_schema_version"
	var exists bool
	if err := m.db.QueryRowContext(ctx, m.existsQuery(), table).Scan(&exists); err != nil {
		return 0, fmt.Errorf("look for the version of the tables: %w", err)
	}
	if !exists {
		return 0, nil
	}
	var version sql.NullInt64
	if err := m.db.QueryRowContext(ctx, "select max(version_id) from "+table).Scan(&version); err != nil {
		return 0, fmt.Errorf("read the version of the tables: %w", err)
	}
	return version.Int64, nil
}

func (m *Migrations) existsQuery() string {
	switch m.dialect {
	case Postgres:
		return "select exists (select 1 from pg_tables where schemaname = current_schema() and tablename = $1)"
	case MySQL:
		return "select exists (select 1 from information_schema.tables" +
			" where table_schema = database() and table_name = ?)"
	case SQLite:
		return "select exists (select 1 from sqlite_schema where type = 'table' and name = ?)"
	}
	return ""
}
