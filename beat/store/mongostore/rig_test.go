package mongostore_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/docstore"
	"github.com/gobeat/gobeat/beat/store/mongostore"
	"github.com/gobeat/gobeat/beat/store/storetest"
	"github.com/gobeat/gobeat/internal/testenv"
	"github.com/gobeat/gobeat/internal/testenv/relay"
)

// rigged is a store with what the suite does to its database.
type rigged struct {
	*docstore.Store

	config mongostore.Config
}

var _ storetest.Rigged = rigged{}

func (r rigged) Rig() storetest.Rig {
	return storetest.Rig{Through: r.through, Bare: r.bare, Invalid: r.invalid, Restarted: restarted, Reformat: r.reformat}
}

func restarted(t *testing.T) (s storetest.Store, restart func()) {
	t.Helper()
	server := testenv.StartMongoDB(t)
	return open(t, mongostore.Config{URL: server.URL() + "beat"}), func() {
		if err := errors.Join(server.Kill(), server.Start(t.Context())); err != nil {
			t.Error(err)
		}
	}
}

func (r rigged) through(t *testing.T) (storetest.Store, storetest.Wire) {
	t.Helper()
	wire := relay.Listen(t, r.config.URL, relay.Tap{})
	c := r.config
	c.URL = wire.URL(t, c.URL)
	return open(t, c), wire
}

func (r rigged) bare(t *testing.T) (s storetest.Store, command string) {
	t.Helper()
	bare, err := mongostore.Open(mongostore.Config{URL: r.config.URL + "?collection_prefix=bare_"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bare.Close() })
	return bare, `db.getCollection("bare_tasks").createIndex(`
}

func (r rigged) invalid(t *testing.T) (map[string]func() error, storetest.Wire) {
	t.Helper()
	wire := relay.Listen(t, r.config.URL, relay.Tap{})
	attempts := map[string]func() error{}
	for _, prefix := range []string{"a$b", "0", strings.Repeat("long", 20)} {
		attempts[prefix] = func() error {
			s, err := mongostore.Open(mongostore.Config{URL: wire.URL(t, r.config.URL) + "?collection_prefix=" + prefix})
			if err == nil {
				_ = s.Close()
			}
			return err
		}
	}
	return attempts, wire
}

// reformat writes the document of an entry with another format of the task.
func (r rigged) reformat(t *testing.T, id beat.EntryID, format int) {
	t.Helper()
	e, err := r.Lookup(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	change := bson.D{{Key: "$set", Value: bson.D{{Key: "body.task.format", Value: format}}}}
	if format == 0 {
		change = bson.D{{Key: "$unset", Value: bson.D{{Key: "body.task.format", Value: ""}}}}
	}
	done, err := tasksOf(t, r.config.URL).UpdateOne(t.Context(), bson.D{{Key: "name", Value: e.Name}}, change)
	if err != nil || done.ModifiedCount != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
}

// tasksOf is the collection of tasks as another client of the database sees it.
func tasksOf(t *testing.T, url string) *mongo.Collection {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(url))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return client.Database(url[strings.LastIndex(url, "/")+1:]).Collection("beat_tasks")
}
