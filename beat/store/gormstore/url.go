package gormstore

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/gobeat/gobeat/migrations"
)

// memory is the path of a SQLite database in memory.
const memory = ":memory:"

// target is a database URL taken apart.
type target struct {
	dialect migrations.Dialect
	url     *url.URL // of a server; its scheme is the dialect's own
	path    string   // of a SQLite file, or memory
}

// parseURL reads a database URL. Its errors never show the URL.
func parseURL(raw string) (target, error) {
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return target{}, errors.New("database URL has no scheme; it looks like postgresql://user@host/name")
	}
	scheme, _, _ = strings.Cut(strings.ToLower(scheme), "+") // SQLAlchemy names its driver there
	switch scheme {
	case "postgresql", "postgres", "postgis":
		u, err := serverURL("postgres://" + rest)
		return target{dialect: migrations.Postgres, url: u}, err
	case "mysql", "mariadb":
		u, err := serverURL("mysql://" + rest)
		return target{dialect: migrations.MySQL, url: u}, err
	case "sqlite", "sqlite3":
		path, err := sqlitePath(rest)
		return target{dialect: migrations.SQLite, path: path}, err
	}
	return target{}, fmt.Errorf("database URL has the scheme %q; known are postgresql, mysql, mariadb and sqlite", scheme)
}

func serverURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("database URL cannot be read; in user and password, write characters such as" +
			" @ : / # ? % as %40 %3A %2F %23 %3F %25")
	}
	return u, nil
}

// sqlitePath reads what follows "sqlite://": three slashes make a relative path, four an absolute one.
func sqlitePath(rest string) (string, error) {
	path, query, _ := strings.Cut(rest, "?")
	if query != "" {
		return "", errors.New("database URL: sqlite takes no parameters")
	}
	switch path {
	case "", "/", memory, "/" + memory:
		return memory, nil
	}
	if !strings.HasPrefix(path, "/") {
		return "", errors.New("database URL: write sqlite:///name.db for a file in the working directory," +
			" sqlite:////folder/name.db for any other")
	}
	return path[1:], nil
}
