package gormstore_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/gormstore"
)

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		config gormstore.Config
		want   string // part of the error; empty: none
	}{
		{"postgresql", gormstore.Config{URL: "postgresql://u:s3cret@h/db"}, ""},
		{"django", gormstore.Config{URL: "postgis://u:s3cret@h:5432/db"}, ""},
		{"sqlalchemy", gormstore.Config{URL: "postgresql+psycopg2://u:s3cret@h/db", Schema: "beat"}, ""},
		{"mysql", gormstore.Config{URL: "mysql+pymysql://u:s3cret@h/db?charset=utf8mb4", Prefix: "my_"}, ""},
		{"mariadb", gormstore.Config{URL: "mariadb://u:s3cret@h/db?ssl-mode=REQUIRED"}, ""},
		{"relative file", gormstore.Config{URL: "sqlite:///beat.db"}, ""},
		{"absolute file", gormstore.Config{URL: "sqlite:////var/lib/beat.db"}, ""},
		{"in memory", gormstore.Config{URL: "sqlite://:memory:"}, ""},
		{"no URL", gormstore.Config{}, "URL is empty"},
		{"no scheme", gormstore.Config{URL: "s3cret"}, "no scheme"},
		{"unknown scheme", gormstore.Config{URL: "oracle://u:s3cret@h/db"}, `scheme "oracle"`},
		{"two slashes", gormstore.Config{URL: "sqlite://beat.db"}, "sqlite:///name.db"},
		{"parameter of a file", gormstore.Config{URL: "sqlite:///beat.db?mode=ro"}, "no parameters"},
		{"percent in the password", gormstore.Config{URL: "mysql://u:s3cret%@h/db"}, "%25"},
		{"prefix", gormstore.Config{URL: "sqlite:///beat.db", Prefix: `x"; drop table y; --`}, "table prefix"},
		{"prefix in capitals", gormstore.Config{URL: "sqlite:///beat.db", Prefix: "X_"}, "lower-case"},
		{"schema", gormstore.Config{URL: "postgres://h/db", Schema: "a b"}, "schema"},
		{"schema elsewhere", gormstore.Config{URL: "sqlite:///beat.db", Schema: "a"}, "only PostgreSQL"},
		{"connections", gormstore.Config{URL: "sqlite:///beat.db", MaxConns: -1}, "negative"},
		{"namespace", gormstore.Config{URL: "sqlite:///beat.db", Namespace: strings.Repeat("x", 256)}, "namespace"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := c.config.Validate()
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("Validate() = %v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{
		"no database":       "mysql://u:s3cret@h/",
		"unknown parameter": "mysql://u:s3cret@h/db?ssl_ca=x",
		"bad mode":          "mysql://u:s3cret@h/db?sslmode=x",
		"bad port":          "postgres://u:s3cret@h:port/db",
		"bad ssl mode":      "postgres://u:s3cret@h/db?sslmode=s3cret",
		"missing folder":    "sqlite:////no/such/folder/beat.db",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := gormstore.Open(t.Context(), gormstore.Config{URL: url})
			if err == nil {
				_ = s.Close()
				t.Fatal("Open gives no error")
			}
			if strings.Contains(err.Error(), "u:s3cret") {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}

// A server that is away or does not let us in is not needed to open; each call says so without the password.
func TestServerAway(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	if err != nil {
		t.Fatal(err)
	}
	away := listener.Addr().String()
	_ = listener.Close()
	for _, url := range []string{
		"postgresql://beat:s3cret@" + away + "/beat", "mysql://beat:s3cret@" + away + "/beat",
		"postgresql://beat:s3cret@no-such-host.invalid/beat",
		strings.Replace(databases[1].fresh(t), "beat:beat@", "nobody:s3cret@", 1),
		strings.Replace(databases[2].fresh(t), "beat:beat@", "nobody:s3cret@", 1),
		databases[1].fresh(t) + "&dbname=no_such_database", databases[2].fresh(t) + "_missing",
	} {
		s, err := gormstore.Open(t.Context(), gormstore.Config{URL: url})
		if err != nil {
			t.Fatalf("Open: %v", err)
		}
		defer s.Close()
		_, latest := s.Latest(t.Context())
		_, claimed := s.Claim(t.Context(), beat.Lease{}, newBatch(beat.Decision{ID: "1"}))
		_, added := s.Add(t.Context(), task("x"))
		for _, err := range []error{s.Prepare(t.Context(), beat.PrepareCheck), latest, claimed, added} {
			if !errors.Is(err, beat.ErrUnavailable) {
				t.Errorf("error %v, want ErrUnavailable", err)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error shows the password: %v", err)
			}
		}
	}
}

func TestCheckModeWritesNothing(t *testing.T) {
	eachDatabase(t, func(t *testing.T, url string) {
		s, err := gormstore.Open(t.Context(), gormstore.Config{URL: url, Prefix: "q_"})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for range 2 {
			err := s.Prepare(t.Context(), beat.PrepareCheck)
			if !errors.Is(err, beat.ErrMigrate) || !strings.Contains(err.Error(), "beat migrate up") {
				t.Errorf("Prepare(check) = %v, want ErrMigrate with the command", err)
			}
		}
		if _, err := s.Latest(t.Context()); !errors.Is(err, beat.ErrMigrate) {
			t.Errorf("Latest without tables = %v, want ErrMigrate", err)
		}
		if err := s.Prepare(t.Context(), beat.PrepareCreate); err != nil {
			t.Fatal(err)
		}
		if err := s.Prepare(t.Context(), beat.PrepareCheck); err != nil {
			t.Errorf("Prepare(check) afterwards: %v", err)
		}
		if _, err := s.Migrations().Down(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := s.Prepare(t.Context(), beat.PrepareCheck); !errors.Is(err, beat.ErrMigrate) {
			t.Errorf("Prepare(check) of an older version = %v, want ErrMigrate", err)
		}
	})
}

func TestSchema(t *testing.T) {
	t.Parallel()
	url := databases[1].fresh(t)
	one := open(t, gormstore.Config{URL: url, Schema: "one"})
	two := open(t, gormstore.Config{URL: url, Schema: "two", Prefix: "p_"})
	add(t, one, "a")
	add(t, two, "b")
	for s, want := range map[*gormstore.Store]string{one: "a", two: "b"} {
		got, _, err := s.Load(t.Context(), "", 10)
		if err != nil || len(got) != 1 || got[0].Name != want {
			t.Errorf("loaded %+v, %v, want %s", got, err, want)
		}
	}
}

// Times are text in SQLite: one that cannot be read stops its own entry only.
func TestBadTimeIsOneBadEntry(t *testing.T) {
	t.Parallel()
	url := databases[0].fresh(t)
	s := open(t, gormstore.Config{URL: url})
	e := add(t, s, "bad", "by hand", "zone")
	exec(t, raw(t, url),
		"update periodic_task set start_time = 'next tuesday' where id = "+e[0].TaskID,
		"update periodic_task set start_time = datetime('2026-01-31 08:00:00') where id = "+e[1].TaskID,
		"update periodic_task set start_time = '2026-01-31T09:00:00.5+01:00' where id = "+e[2].TaskID)
	got, _, err := s.Load(t.Context(), "", 10)
	if err != nil || len(got) != 3 {
		t.Fatalf("loaded %d entries, %v", len(got), err)
	}
	if b := got[0].Bad; b == nil || b.Field != "start_time" || b.Value != "next tuesday" || b.Name != "bad" {
		t.Errorf("bad is %v", b)
	}
	for i, want := range map[int]string{1: "2026-01-31T08:00:00Z", 2: "2026-01-31T08:00:00.5Z"} {
		if at := got[i].StartTime.Format("2006-01-02T15:04:05.999999Z07:00"); got[i].Bad != nil || at != want {
			t.Errorf("%s starts at %s, want %s; bad: %v", got[i].Name, at, want, got[i].Bad)
		}
	}
}

func TestMemoryDatabase(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"sqlite://:memory:", "sqlite://", "sqlite:///:memory:"} {
		s := open(t, gormstore.Config{URL: url})
		e := add(t, s, "one")
		l := lead(t, s)
		start(t, s, l, e)
		if got, _, err := s.List(t.Context(), beat.Filter{}, "", 10); err != nil || len(got) != 1 {
			t.Errorf("%s: listed %v, %v", url, got, err)
		}
	}
}
