package migrations_test

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/gobeat/gobeat/internal/testenv"
	"github.com/gobeat/gobeat/migrations"
)

// eachDialect runs a test with a function that opens a fresh database of each dialect, again and again.
func eachDialect(t *testing.T, f func(t *testing.T, d migrations.Dialect, open func() *sql.DB)) {
	t.Helper()
	t.Parallel()
	for _, c := range []struct {
		dialect migrations.Dialect
		source  func(t *testing.T) (driver, dsn string)
	}{
		{migrations.SQLite, func(t *testing.T) (string, string) {
			t.Helper()
			return "sqlite", filepath.Join(t.TempDir(), "beat.db") + "?_pragma=busy_timeout(5000)&_txlock=immediate"
		}},
		{migrations.Postgres, func(t *testing.T) (string, string) { t.Helper(); return "pgx", testenv.PostgreSQL(t) }},
		{migrations.MySQL, func(t *testing.T) (string, string) {
			t.Helper()
			u, err := url.Parse(testenv.MariaDB(t))
			if err != nil {
				t.Fatal(err)
			}
			return "mysql", fmt.Sprintf("%s@tcp(%s)%s?parseTime=true", u.User, u.Host, u.Path)
		}},
	} {
		t.Run(string(c.dialect), func(t *testing.T) {
			t.Parallel()
			driver, dsn := c.source(t)
			f(t, c.dialect, func() *sql.DB {
				db, err := sql.Open(driver, dsn)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = db.Close() })
				return db
			})
		})
	}
}

func newMigrations(t *testing.T, d migrations.Dialect, db *sql.DB, prefix string) *migrations.Migrations {
	t.Helper()
	m, err := migrations.New(d, db, prefix, migrations.All)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestUpDownUp(t *testing.T) {
	eachDialect(t, func(t *testing.T, d migrations.Dialect, open func() *sql.DB) {
		db := open()
		m := newMigrations(t, d, db, "p_")
		var pending *migrations.PendingError
		if err := m.Check(t.Context()); !errors.As(err, &pending) || pending.Current != 0 || pending.Want != m.Latest() {
			t.Errorf("Check of nothing = %v", err)
		}
		for round := range 2 {
			done, err := m.Up(t.Context())
			if err != nil || int64(len(done)) != m.Latest() {
				t.Fatalf("round %d: Up = %v, %v", round, done, err)
			}
			if done, err = m.Up(t.Context()); err != nil || len(done) != 0 {
				t.Errorf("round %d: Up again = %v, %v", round, done, err)
			}
			if err := m.Check(t.Context()); err != nil {
				t.Errorf("round %d: Check = %v", round, err)
			}
			if _, err := db.ExecContext(t.Context(), "insert into p_periodic_task (name, task) values ('a', 't')"); err != nil {
				t.Errorf("round %d: insert: %v", round, err)
			}
			step, err := m.Down(t.Context())
			if err != nil || step.Version != m.Latest() || step.Applied {
				t.Errorf("round %d: Down = %+v, %v", round, step, err)
			}
			status, err := m.Status(t.Context())
			if err != nil || status[0].Applied != true || status[len(status)-1].Applied {
				t.Errorf("round %d: Status = %+v, %v", round, status, err)
			}
			if err := m.Check(t.Context()); !errors.As(err, &pending) || pending.Current != m.Latest()-1 {
				t.Errorf("round %d: Check of an older version = %v", round, err)
			}
			if done, err := m.DownTo(t.Context(), 0); err != nil || int64(len(done)) != m.Latest()-1 {
				t.Fatalf("round %d: DownTo 0 = %v, %v", round, done, err)
			}
			if left := tables(t, d, db); len(left) != 1 {
				t.Errorf("round %d: tables left: %v, want only the version table", round, left)
			}
			if _, err := m.Down(t.Context()); err == nil {
				t.Errorf("round %d: Down of nothing gives no error", round)
			}
		}
	})
}

// Beside the tables of another scheduler only the state stands: a statement about rows that is not marked as such
// would fail here.
func TestStateAlone(t *testing.T) {
	eachDialect(t, func(t *testing.T, d migrations.Dialect, open func() *sql.DB) {
		db := open()
		m, err := migrations.New(d, db, "p_", migrations.State)
		if err != nil {
			t.Fatal(err)
		}
		for round := range 2 {
			if done, err := m.Up(t.Context()); err != nil || int64(len(done)) != m.Latest() {
				t.Fatalf("round %d: Up = %v, %v", round, done, err)
			}
			made := tables(t, d, db)
			for _, name := range []string{"p_periodic_task", "p_task_schedule", "p_beat_change", "p_beat_status"} {
				if slices.Contains(made, name) {
					t.Errorf("round %d: %s was made", round, name)
				}
			}
			for _, name := range []string{"p_beat_cursor", "p_beat_owner"} {
				if !slices.Contains(made, name) {
					t.Errorf("round %d: no %s among %v", round, name, made)
				}
			}
			if done, err := m.DownTo(t.Context(), 0); err != nil || int64(len(done)) != m.Latest() {
				t.Fatalf("round %d: DownTo 0 = %v, %v", round, done, err)
			}
			if left := tables(t, d, db); len(left) != 1 {
				t.Errorf("round %d: tables left: %v, want only the version table", round, left)
			}
		}
	})
}

// tables lists the tables and views with the prefix p_.
func tables(t *testing.T, d migrations.Dialect, db *sql.DB) []string {
	t.Helper()
	query := "select table_name from information_schema.tables where table_name like 'p\\_%'"
	switch d {
	case migrations.SQLite:
		query = "select name from sqlite_schema where type in ('table', 'view') and name like 'p!_%' escape '!'"
	case migrations.MySQL:
		query += " and table_schema = database()"
	case migrations.Postgres:
		query += " and table_schema = current_schema()"
	}
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var names []string
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		names = append(names, n)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return names
}

func TestManyAtOnce(t *testing.T) {
	eachDialect(t, func(t *testing.T, d migrations.Dialect, open func() *sql.DB) {
		var wg sync.WaitGroup
		total := make(chan int, 6)
		for range cap(total) {
			m := newMigrations(t, d, open(), "")
			wg.Go(func() {
				done, err := m.Up(t.Context())
				if err != nil {
					t.Errorf("Up: %v", err)
				}
				total <- len(done)
			})
		}
		wg.Wait()
		close(total)
		sum := 0
		for n := range total {
			sum += n
		}
		m := newMigrations(t, d, open(), "")
		if int64(sum) != m.Latest() {
			t.Errorf("%d migrations were applied, want %d", sum, m.Latest())
		}
		if err := m.Check(t.Context()); err != nil {
			t.Errorf("Check = %v", err)
		}
	})
}

func TestNewerTablesAreRefused(t *testing.T) {
	eachDialect(t, func(t *testing.T, d migrations.Dialect, open func() *sql.DB) {
		db := open()
		m := newMigrations(t, d, db, "")
		if _, err := m.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err := db.ExecContext(t.Context(), "insert into beat_schema_version (version_id, is_applied) values (99, true)")
		if err != nil {
			t.Fatal(err)
		}
		var pending *migrations.PendingError
		for name, err := range map[string]error{"Check": m.Check(t.Context()), "Up": up(t, m)} {
			if !errors.As(err, &pending) || pending.Current != 99 || !strings.Contains(err.Error(), "newer") {
				t.Errorf("%s = %v, want that the tables are newer", name, err)
			}
		}
	})
}

func up(t *testing.T, m *migrations.Migrations) error {
	t.Helper()
	_, err := m.Up(t.Context())
	return err
}

func TestSQL(t *testing.T) {
	t.Parallel()
	for _, d := range []migrations.Dialect{migrations.Postgres, migrations.MySQL, migrations.SQLite} {
		text, err := migrations.SQL(d, "x_", migrations.All)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"create table x_periodic_task", "create view x_beat_status", "trigger"} {
			if !strings.Contains(text, part) {
				t.Errorf("%s: %q is missing", d, part)
			}
		}
		for _, part := range []string{"${", "+goose", "drop table"} {
			if strings.Contains(text, part) {
				t.Errorf("%s: %q is left", d, part)
			}
		}
	}
	for _, c := range []struct {
		dialect migrations.Dialect
		prefix  string
	}{
		{"oracle", ""},
		{migrations.SQLite, "a-b"},
		{migrations.SQLite, "1a"},
		{migrations.SQLite, "Upper"},
		{migrations.SQLite, strings.Repeat("x", 31)},
	} {
		if _, err := migrations.SQL(c.dialect, c.prefix, migrations.All); err == nil {
			t.Errorf("SQL(%q, %q) gives no error", c.dialect, c.prefix)
		}
	}
}
