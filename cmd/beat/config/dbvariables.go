package config

import (
	"net"
	"net/url"
	"strings"
)

// dbFamily are variables of which project templates make the settings of a database.
type dbFamily struct {
	prefix string
	name   []string // the rest of the variable that names the database
	driver string   // when no variable says it
}

func dbFamilies() []dbFamily {
	return []dbFamily{
		{"DB_", []string{"NAME", "DATABASE"}, ""},
		{"DATABASE_", []string{"NAME"}, ""},
		{"SQL_", []string{"DATABASE"}, ""},
		{"POSTGRES_", []string{"DB"}, "postgresql"},
		{"MYSQL_", []string{"DATABASE"}, "mysql"},
	}
}

// databaseOf makes a database URL of variables such as DB_HOST, DB_NAME, DB_USER and DB_PASSWORD; from names the one with
// the host. Host and name must be there.
func (s Sources) databaseOf() (address Secret, from string, err error) {
	for _, f := range dbFamilies() {
		host, name := s.first(f.prefix, "HOST"), s.first(f.prefix, f.name...)
		if host == "" || name == "" {
			continue
		}
		password := s.first(f.prefix, "PASSWORD", "PASS")
		if password == "" {
			if password, err = s.secretFile("database_url", f.prefix+"PASSWORD_FILE"); err != nil {
				return "", "", err
			}
		}
		port := s.first(f.prefix, "PORT")
		u := url.URL{Scheme: f.scheme(s.first(f.prefix, "ENGINE", "DRIVER", "CONNECTION"), port), Host: host, Path: "/" + name}
		switch {
		case strings.HasPrefix(host, "/"): // the directory of a socket, or the socket itself
			u.Host, u.RawQuery = "", url.Values{socketArgument(u.Scheme): {host}}.Encode()
		case port != "":
			u.Host = net.JoinHostPort(host, port)
		case strings.Contains(host, ":"):
			u.Host = "[" + host + "]"
		}
		if user := s.first(f.prefix, "USER", "USERNAME"); user != "" {
			u.User = url.User(user)
			if password != "" {
				u.User = url.UserPassword(user, password)
			}
		}
		return Secret(u.String()), "environment " + f.prefix + "HOST", nil
	}
	return "", "", nil
}

// scheme is that of the URL: engine is a class of Django, a driver of SQLAlchemy or a word.
func (f *dbFamily) scheme(engine, port string) string {
	engine = strings.ToLower(engine)
	switch {
	case f.driver != "":
		return f.driver
	case strings.Contains(engine, "mysql"), strings.Contains(engine, "mariadb"), engine == "" && port == "3306":
		return "mysql"
	case engine == "", strings.Contains(engine, "postg"), strings.Contains(engine, "pgsql"), strings.Contains(engine, "psycopg"):
		return "postgresql"
	}
	return engine[strings.LastIndex(engine, ".")+1:]
}

// first returns the first variable of a family that is set.
func (s Sources) first(prefix string, rest ...string) string {
	for _, name := range rest {
		if v, ok := s.lookup(prefix + name); ok {
			return v
		}
	}
	return ""
}

// socketArgument is the argument of a URL that names a socket.
func socketArgument(scheme string) string {
	if scheme == "mysql" {
		return "unix_socket"
	}
	return "host"
}
