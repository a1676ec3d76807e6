package config

import (
	"net"
	"net/url"
	"strings"
)

// dbVariables are variables by which templates of projects name the database of an application piece by piece.
type dbVariables struct{ host, port, name, user, password, engine string }

func dbFamilies() []dbVariables {
	return []dbVariables{
		{"DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD", "DB_ENGINE"},
		{"POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD", ""},
		{"MYSQL_HOST", "MYSQL_PORT", "MYSQL_DATABASE", "MYSQL_USER", "MYSQL_PASSWORD", ""},
	}
}

// takeDBVariables lets such variables say where the tables of the application's own scheduler are, when nobody names the
// database. Tables of this program are not put there unasked.
func (c *Config) takeDBVariables(s Sources) error {
	if c.Origin("database_url") != FromDefault || c.Beat.Kind() != KindDjango && !c.Beat.Kind().ofSQLAlchemy() {
		return nil
	}
	for _, f := range dbFamilies() {
		host, there := s.lookup(f.host)
		name, named := s.lookup(f.name)
		if !there || !named {
			continue
		}
		password, given := s.lookup(f.password)
		if path, ok := s.lookup(f.password + "_FILE"); ok && !given {
			var err error
			if password, err = readSecret("database_url", f.password, path); err != nil {
				return err
			}
		}
		c.Database.URL, c.origins["database_url"] = f.url(s, host, name, password), "environment "+f.host
		return nil
	}
	return nil
}

// socketArgument is the argument of a URL that names a socket.
func socketArgument(scheme string) string {
	if scheme == "mysql" {
		return "unix_socket"
	}
	return "host"
}

// url puts the pieces together.
func (f *dbVariables) url(s Sources, host, name, password string) Secret {
	user, _ := s.lookup(f.user)
	port, _ := s.lookup(f.port)
	engine, _ := s.lookup(f.engine)
	u := url.URL{Scheme: "postgresql", Host: host, Path: "/" + name}
	if strings.Contains(strings.ToLower(engine), "mysql") || strings.HasPrefix(f.host, "MYSQL_") || engine == "" && port == "3306" {
		u.Scheme = "mysql"
	}
	switch {
	case strings.HasPrefix(host, "/"): // the directory of a socket, or the socket itself
		u.Host, u.RawQuery = "", url.Values{socketArgument(u.Scheme): {host}}.Encode()
	case port != "":
		u.Host = net.JoinHostPort(host, port)
	}
	switch {
	case password != "":
		u.User = url.UserPassword(user, password)
	case user != "":
		u.User = url.User(user)
	}
	return Secret(u.String())
}
