package foreigntest

import (
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/internal/testenv"
	"github.com/gobeat/gobeat/models"
)

// Database is a kind of database.
type Database struct {
	Name  string                    // "sqlite", "postgresql" or "mariadb"
	Fresh func(t testing.TB) string // makes an empty database and returns its URL
	file  string                    // of the recorded statements
}

// Databases returns all kinds.
func Databases() []Database {
	return []Database{
		{"sqlite", func(t testing.TB) string {
			t.Helper()
			return "sqlite:///" + filepath.Join(t.TempDir(), "db.sqlite3")
		}, "sqlite.sql"},
		{"postgresql", func(t testing.TB) string { t.Helper(); return testenv.PostgreSQL(t) }, "postgres.sql"},
		{"mariadb", func(t testing.TB) string { t.Helper(); return testenv.MariaDB(t) }, "mysql.sql"},
	}
}

// Site is a database with the tables of another scheduler.
type Site struct {
	URL string
	DB  *sql.DB
}

// NewSite makes the tables in a fresh database by the statements recorded in the folder testdata, one a line. For each
// line that begins with mark, wanted is asked about the rest of it, and says whether to carry out what follows.
func NewSite(t testing.TB, d Database, mark string, wanted func(name string) bool) *Site {
	t.Helper()
	s := &Site{URL: d.Fresh(t)}
	s.DB = Connect(t, s.URL)
	text, err := os.ReadFile(filepath.Join("testdata", d.file))
	if err != nil {
		t.Fatal(err)
	}
	on := false
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), mark); ok {
			on = wanted(name)
		} else if on {
			s.Exec(t, line)
		}
	}
	return s
}

// Connect opens a connection of its own to a database, as any other program may.
func Connect(t testing.TB, rawURL string) *sql.DB {
	t.Helper()
	driver, dsn := "pgx", rawURL
	if path, ok := strings.CutPrefix(rawURL, "sqlite:///"); ok {
		driver, dsn = "sqlite", path+"?_pragma=busy_timeout(5000)"
	}
	if strings.HasPrefix(rawURL, "mysql:") {
		u, err := url.Parse(rawURL)
		if err != nil {
			t.Fatal(err)
		}
		conf := mysql.NewConfig()
		conf.Net, conf.Addr, conf.User, conf.DBName = "tcp", u.Host, u.User.Username(), strings.TrimPrefix(u.Path, "/")
		conf.Passwd, _ = u.User.Password()
		conf.ParseTime, conf.Params = true, map[string]string{"time_zone": "'+00:00'"}
		driver, dsn = "mysql", conf.FormatDSN()
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// Exec carries out a statement.
func (s *Site) Exec(t testing.TB, statement string) {
	t.Helper()
	if _, err := s.DB.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// Ahead lets PostgreSQL give out keys in tables that are not those of rows which were inserted with theirs.
func Ahead(t testing.TB, db *sql.DB, rawURL string, tables ...string) {
	t.Helper()
	if !strings.HasPrefix(rawURL, "postgres") {
		return
	}
	for _, table := range tables {
		if _, err := db.ExecContext(t.Context(), "select setval(pg_get_serial_sequence('"+table+"', 'id'), 100)"); err != nil {
			t.Fatal(err)
		}
	}
}

// Told is what a row of tasks tells of its runs.
type Told struct {
	Enabled bool
	Count   int
	Last    time.Time
	Changed time.Time
}

// Told reads it of a row of a table.
func (s *Site) Told(t testing.TB, table string, id beat.EntryID) Told {
	t.Helper()
	var r Told
	var last, changed models.Time
	err := s.DB.QueryRowContext(t.Context(), "select enabled, total_run_count, last_run_at, date_changed from "+table+
		" where id = "+string(id)).Scan(&r.Enabled, &r.Count, &last, &changed)
	if err != nil {
		t.Fatal(err)
	}
	r.Last, r.Changed = last.Time, changed.Time
	return r
}
