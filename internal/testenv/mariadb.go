package testenv

import (
	"context"
	"database/sql"
	"net/url"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/gobeat/gobeat/internal/testenv/server"
)

// MariaDB returns the URL of a new, empty database, which is dropped when the test ends:
// mysql://USER:PASSWORD@HOST:PORT/NAME. The user may do everything.
func MariaDB(t testing.TB) string {
	t.Helper()
	kind := server.MariaDB()
	base := variable(t, kind, kind.URLVariable())
	name := freshName()
	check(t, mariadbExec(t.Context(), base, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4"))
	t.Cleanup(func() {
		check(t, mariadbExec(context.Background(), base, "DROP DATABASE "+name))
	})
	return within(t, base, name)
}

func mariadbExec(ctx context.Context, base, statement string) error {
	u, err := url.Parse(base)
	if err != nil {
		return err
	}
	config := mysql.NewConfig()
	config.Net, config.Addr, config.User = "tcp", u.Host, u.User.Username()
	config.Passwd, _ = u.User.Password()
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	_, err = db.ExecContext(ctx, statement)
	return err
}
