package testenv

import (
	"context"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/gobeat/gobeat/internal/testenv/server"
)

// MongoDB returns the URL of a database that nobody else uses, mongodb://HOST:PORT/NAME, which is dropped when the test
// ends.
func MongoDB(t testing.TB) string {
	t.Helper()
	kind := server.MongoDB()
	base := variable(t, kind, kind.URLVariable())
	name := freshName()
	t.Cleanup(func() {
		client, err := mongo.Connect(options.Client().ApplyURI(base))
		check(t, err)
		check(t, client.Database(name).Drop(context.Background()))
		check(t, client.Disconnect(context.Background()))
	})
	return within(t, base, name)
}
