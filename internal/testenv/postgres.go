package testenv

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gobeat/gobeat/internal/testenv/server"
)

// PostgreSQL returns the URL of a new, empty database, which is dropped when the test ends:
// postgresql://USER:PASSWORD@HOST:PORT/NAME?sslmode=disable. The user may do everything.
func PostgreSQL(t testing.TB) string {
	t.Helper()
	kind := server.Postgres()
	base := variable(t, kind, kind.URLVariable())
	name := freshName()
	check(t, postgresExec(t.Context(), base, "CREATE DATABASE "+name))
	t.Cleanup(func() {
		// Not the test's context, which has ended. FORCE, because a test may leave connections behind.
		check(t, postgresExec(context.Background(), base, "DROP DATABASE "+name+" WITH (FORCE)"))
	})
	return within(t, base, name)
}

func postgresExec(ctx context.Context, url, statement string) error {
	connection, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer connection.Close(ctx)
	_, err = connection.Exec(ctx, statement)
	return err
}
