package gormstore_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/beat/store/gormstore"
	"github.com/gobeat/gobeat/beat/store/storetest"
	"github.com/gobeat/gobeat/internal/testenv"
	"github.com/gobeat/gobeat/internal/testenv/relay"
	"github.com/gobeat/gobeat/internal/testenv/server"
)

// rigged is a store with what the suite does to its database.
type rigged struct {
	*gormstore.Store

	config gormstore.Config
}

var _ storetest.Rigged = rigged{}

func (r rigged) Rig() storetest.Rig {
	rig := storetest.Rig{
		Tables: func(t *testing.T) (*sql.DB, string) { t.Helper(); return raw(t, r.config.URL), r.config.Prefix },
		Fill:   func(t *testing.T, n int) { t.Helper(); fill(t, raw(t, r.config.URL), r.config.Prefix, n) },
		Bare: func(t *testing.T) (storetest.Store, string) {
			t.Helper()
			c := r.config
			c.Prefix = "bare_"
			return unprepared(t, c), "beat migrate up"
		},
		Invalid: r.invalid,
	}
	rig.Wrong = r.full
	if !strings.HasPrefix(r.config.URL, "sqlite") { // which has no server
		rig.Through = r.through
		rig.Wrong = r.wrong
		rig.Restarted = r.restarted
	}
	if strings.HasPrefix(r.config.URL, "postgresql") {
		rig.Counted = r.counted
	}
	return rig
}

// unprepared opens a store without touching its tables.
func unprepared(t *testing.T, c gormstore.Config) *gormstore.Store {
	t.Helper()
	s, err := gormstore.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func (r rigged) through(t *testing.T) (storetest.Store, storetest.Wire) {
	t.Helper()
	wire := relay.Listen(t, r.config.URL, relay.Tap{})
	c := r.config
	c.URL = wire.URL(t, c.URL)
	return open(t, c), wire
}

func (r rigged) counted(t *testing.T) (storetest.Store, func(func()) map[string]int) {
	t.Helper()
	w, through := tapped(t, r.config.URL)
	c := r.config
	c.URL = through
	return open(t, c), w.during
}

func (r rigged) invalid(t *testing.T) (map[string]func() error, storetest.Wire) {
	t.Helper()
	var wire storetest.Wire
	url := r.config.URL
	if !strings.HasPrefix(url, "sqlite") {
		through := relay.Listen(t, url, relay.Tap{})
		wire, url = through, through.URL(t, url)
	}
	attempts := map[string]func() error{}
	for name, c := range map[string]gormstore.Config{
		strconv.Quote(`x"; drop table y; --`): {Prefix: `x"; drop table y; --`},
		"A_":                                  {Prefix: "A_"},
		"a b":                                 {Schema: "a b"},
		"namespace has 256 bytes":             {Namespace: strings.Repeat("long", 64)},
		`namespace "a "`:                      {Namespace: "a "},
	} {
		c.URL = url
		attempts[name] = func() error {
			s, err := gormstore.Open(t.Context(), c)
			if err == nil {
				_ = s.Close()
			}
			return err
		}
	}
	return attempts, wire
}

func (r rigged) wrong(t *testing.T) map[string]func() (storetest.Store, error) {
	t.Helper()
	url, attempts := r.config.URL, map[string]func() (storetest.Store, error){}
	host := url[strings.Index(url, "@")+1 : strings.LastIndex(url, "/")]
	name, _, _ := strings.Cut(url[strings.LastIndex(url, "/")+1:], "?")
	for what, changed := range map[string]string{
		"nobody":            strings.Replace(url, "beat:beat@", "nobody:"+storetest.Secret+"@", 1),
		"127.0.0.1:1":       strings.Replace(strings.Replace(url, host, "127.0.0.1:1", 1), ":beat@", ":"+storetest.Secret+"@", 1),
		name + "_elsewhere": strings.Replace(url, "/"+name, "/"+name+"_elsewhere", 1),
	} {
		attempts[what] = func() (storetest.Store, error) {
			return gormstore.Open(t.Context(), gormstore.Config{URL: changed, Prefix: r.config.Prefix})
		}
	}
	if strings.HasPrefix(url, "postgresql") {
		attempts["read-only"] = func() (storetest.Store, error) {
			return gormstore.Open(t.Context(), gormstore.Config{URL: url + "&default_transaction_read_only=on", Prefix: r.config.Prefix})
		}
	}
	return attempts
}

// full is a database that has no page left for another task, as on a disk that is full.
func (r rigged) full(t *testing.T) map[string]func() (storetest.Store, error) {
	t.Helper()
	return map[string]func() (storetest.Store, error){"database or disk is full": func() (storetest.Store, error) {
		c := r.config
		c.MaxConns = 1 // the limit is one of the connection
		s := open(t, c)
		if err := s.LimitPages(t.Context(), 1); err != nil { // as many as there are
			return nil, err
		}
		for n := 0; ; n++ {
			if _, err := s.Add(t.Context(), task(fmt.Sprint("x", n))); err != nil {
				return s, nil //nolint:nilerr // that is what was to be reached
			}
		}
	}}
}

// restarted is a store on a server of its own that syncs each commit.
func (r rigged) restarted(t *testing.T) (s storetest.Store, restart func()) {
	t.Helper()
	var one *server.Server
	if strings.HasPrefix(r.config.URL, "postgresql") {
		one = testenv.StartPostgreSQL(t, "-c", "fsync=on")
	} else {
		one = testenv.StartMariaDB(t, "--innodb-flush-log-at-trx-commit=1")
	}
	c := r.config
	c.URL = one.URL()
	return open(t, c), func() {
		if err := errors.Join(one.Kill(), one.Start(t.Context())); err != nil {
			t.Error(err)
		}
	}
}

// fill inserts n tasks with a schedule each in one statement per table.
func fill(t *testing.T, db *sql.DB, prefix string, n int) {
	t.Helper()
	var first int
	if err := db.QueryRowContext(t.Context(), "select coalesce(max(id), 0) from "+prefix+"periodic_task").Scan(&first); err != nil {
		t.Fatal(err)
	}
	exec(t, db, strings.Replace(insertTasks(first, n), "periodic_task", prefix+"periodic_task", 1),
		fmt.Sprintf("insert into %[1]stask_schedule (task_id, kind, every, period)"+
			" select id, 'interval', 1, 'seconds' from %[1]speriodic_task where id > %[2]d", prefix, first))
}
