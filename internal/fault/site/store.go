package site

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/gobeat/gobeat/internal/testenv/server"
)

// Store is a kind of database that can keep the rows and the state of a site.
type Store struct {
	Title string
	// Locks tells that others notice the death of a leader by a lock that ends with it, and not by the end of its lease.
	Locks bool
	// Loads is within what time hundreds of rows are surely imported.
	Loads time.Duration
	// Burst is how many runs a second it takes; 0: as many as a test asks for. The servers that stand in for MongoDB and
	// DynamoDB take few.
	Burst int

	kind server.Kind // the zero one: a file
}

// Name is how flags have the title.
func (st Store) Name() string { return strings.ToLower(st.Title) }

// Stores returns all of them.
func Stores() []Store {
	return []Store{
		{Title: "PostgreSQL", Locks: true, Loads: 20 * time.Second, kind: server.Postgres()},
		{Title: "MariaDB", Locks: true, Loads: 20 * time.Second, kind: server.MariaDB()},
		{Title: "SQLite", Loads: 30 * time.Second},
		{Title: "Redis", Loads: 30 * time.Second, kind: server.Redis()},
		{Title: "MongoDB", Loads: 2 * time.Minute, Burst: 60, kind: server.MongoDB()},
		{Title: "DynamoDB", Loads: 2 * time.Minute, Burst: 60, kind: server.DynamoDB()},
	}
}

// room makes an empty database and returns its URL.
func (s *Servers) room(ctx context.Context, in Store, dir string) (string, error) {
	if in.kind.Name == "" {
		return "sqlite:///" + filepath.Join(dir, "beat.db"), nil
	}
	host, err := s.Shared(ctx, in.kind)
	if err != nil {
		return "", err
	}
	switch in.kind.Name {
	case server.Postgres().Name:
		return s.database(ctx, host)
	case server.MariaDB().Name:
		return s.mariadb(ctx, host)
	case server.Redis().Name:
		return s.place(ctx, host)
	}
	return within(host.URL(), "fault_"+strconv.Itoa(s.number())) // is made when it is first used
}

func (s *Servers) mariadb(ctx context.Context, in *server.Server) (string, error) {
	u, err := url.Parse(in.URL())
	if err != nil {
		return "", fmt.Errorf("read URL of a server: %w", err)
	}
	c := mysql.NewConfig()
	c.Net, c.Addr, c.User = "tcp", u.Host, u.User.Username()
	c.Passwd, _ = u.User.Password()
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return "", fmt.Errorf("make a database: %w", err)
	}
	admin := sql.OpenDB(connector)
	defer admin.Close()
	name := "fault_" + strconv.Itoa(s.number())
	if _, err := admin.ExecContext(ctx, "create database "+name+" character set utf8mb4"); err != nil {
		return "", fmt.Errorf("make a database: %w", err)
	}
	return within(in.URL(), name)
}
