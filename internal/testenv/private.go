package testenv

import (
	"testing"

	"github.com/gobeat/gobeat/internal/testenv/server"
)

// StartPostgreSQL starts a PostgreSQL server for this test alone; args are more arguments of postgres. Its URL names
// an empty database. fsync is off unless args say "-c", "fsync=on".
func StartPostgreSQL(t testing.TB, args ...string) *server.Server {
	t.Helper()
	return start(t, server.Postgres(), args)
}

// StartMariaDB starts a MariaDB server for this test alone; args are more arguments of mariadbd. Its URL names an
// empty database.
func StartMariaDB(t testing.TB, args ...string) *server.Server {
	t.Helper()
	return start(t, server.MariaDB(), args)
}

// StartRedis starts a Redis server for this test alone; args are more arguments of redis-server. Without
// "--appendonly", "yes" it forgets everything when it ends.
func StartRedis(t testing.TB, args ...string) *server.Server {
	t.Helper()
	return start(t, server.Redis(), args)
}

// StartRabbitMQ starts a RabbitMQ server for this test alone; lines are added to its rabbitmq.conf. Its URL names the
// virtual host "/". It takes some seconds, so with -short the test is skipped.
func StartRabbitMQ(t testing.TB, lines ...string) *server.Server {
	t.Helper()
	long(t)
	return start(t, server.RabbitMQ(), lines)
}

// StartMongoDB starts a MongoDB server for this test alone. Its URL names no database. It is built first, so with -short
// the test is skipped.
func StartMongoDB(t testing.TB) *server.Server {
	t.Helper()
	long(t)
	return start(t, server.MongoDB(), nil)
}

// StartMongoStreams starts a MongoDB server with change streams for this test alone. Its URL names no database. Its parts
// are fetched first, so with -short the test is skipped.
func StartMongoStreams(t testing.TB) *server.Server {
	t.Helper()
	long(t)
	return start(t, server.MongoStreams(), nil)
}

// long skips a test that starts a server which takes seconds and a whole processor to start.
func long(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a server of its own that is slow to start: not with -short")
	}
}

func start(t testing.TB, kind server.Kind, args []string) *server.Server {
	t.Helper()
	need(t, kind.Installed())
	s, err := server.Start(t.Context(), kind, args...)
	check(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what %s printed:\n%s", kind.Name, s.Log())
		}
		check(t, s.Close())
	})
	return s
}
