package django_test

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/django"
	"github.com/gobeat/gobeat/internal/testenv"
)

// newest is the last of the recorded migrations.
const newest = "0019_alter_periodictasks_options"

// databases makes a fresh database of each kind and returns its URL.
var databases = []struct {
	name  string
	fresh func(t testing.TB) string
}{
	{"sqlite", func(t testing.TB) string {
		t.Helper()
		return "sqlite:///" + filepath.Join(t.TempDir(), "db.sqlite3")
	}},
	{"postgresql", func(t testing.TB) string { t.Helper(); return testenv.PostgreSQL(t) }},
	{"mariadb", func(t testing.TB) string { t.Helper(); return testenv.MariaDB(t) }},
}

// site is a database with the tables of django-celery-beat.
type site struct {
	url string
	db  *sql.DB
}

// eachDatabase runs a test on a fresh database of each kind, as the newest django-celery-beat makes it.
func eachDatabase(t *testing.T, f func(t *testing.T, s *site)) {
	t.Helper()
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			f(t, newSite(t, d.name, d.fresh(t), newest))
		})
	}
}

// newSite makes the tables as they are after a migration of django-celery-beat.
func newSite(t testing.TB, database, rawURL, migration string) *site {
	t.Helper()
	s := &site{url: rawURL, db: connect(t, rawURL)}
	file := map[string]string{"sqlite": "sqlite.sql", "postgresql": "postgres.sql", "mariadb": "mysql.sql"}[database]
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	reached := false
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "-- migration "); ok {
			if reached {
				return s
			}
			reached = name == migration
			continue
		}
		s.exec(t, line)
	}
	if !reached {
		t.Fatalf("there is no migration %s", migration)
	}
	return s
}

// connect opens a connection of its own to a database, as any other program may.
func connect(t testing.TB, rawURL string) *sql.DB {
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

func (s *site) exec(t testing.TB, statement string) {
	t.Helper()
	if _, err := s.db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// open opens a store and makes the tables of its state.
func (s *site) open(t *testing.T) *django.Store {
	t.Helper()
	return open(t, django.Config{URL: s.url, MaxConns: 2})
}

func open(t testing.TB, c django.Config) *django.Store {
	t.Helper()
	return prepared(t, django.Open, c)
}

func prepared(
	t testing.TB, open func(context.Context, django.Config) (*django.Store, error), c django.Config,
) *django.Store {
	t.Helper()
	st, err := open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := st.Prepare(t.Context(), beat.PrepareCreate); err != nil {
		t.Fatal(err)
	}
	return st
}

// changed is the date_changed of the rows that the tests insert.
var changed = time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC)

// task inserts a task as Django's ORM does, with a value for every column; set and value of others come as name, value.
func (s *site) task(t *testing.T, id int, others ...string) {
	t.Helper()
	columns := []string{
		"id", "name", "task", "args", "kwargs", "enabled", "total_run_count", "date_changed", "description", "one_off", "headers",
	}
	name := "'task " + string(rune('0'+id)) + "'"
	values := []string{
		string(rune('0' + id)), name, "'site.echo'", "'[]'", "'{}'", "true", "0", "'2026-01-31 08:00:00'", "''", "false", "'{}'",
	}
	for i := 0; i+1 < len(others); i += 2 {
		at := -1
		for n, c := range columns {
			if c == others[i] {
				at = n
			}
		}
		if at >= 0 {
			values[at] = others[i+1]
			continue
		}
		columns, values = append(columns, others[i]), append(values, others[i+1])
	}
	s.exec(t, "insert into django_celery_beat_periodictask ("+strings.Join(columns, ", ")+") values ("+strings.Join(values, ", ")+")")
}

// schedules inserts one schedule of each kind, all with the key 1.
func (s *site) schedules(t *testing.T) {
	t.Helper()
	s.exec(t, "insert into django_celery_beat_intervalschedule (id, every, period) values (1, 10, 'seconds')")
	s.exec(t, "insert into django_celery_beat_crontabschedule (id, minute, hour, day_of_week, day_of_month, month_of_year, timezone)"+
		" values (1, '0', '9', 'mon-fri', '*', '*', 'Europe/Berlin')")
	s.exec(t, "insert into django_celery_beat_solarschedule (id, event, latitude, longitude) values (1, 'sunset', -33.868800, 151.209300)")
	s.exec(t, "insert into django_celery_beat_clockedschedule (id, clocked_time) values (1, '2026-02-01 12:30:00.250000')")
}
