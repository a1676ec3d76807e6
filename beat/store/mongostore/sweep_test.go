package mongostore_test

import (
	"context"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/docstore"
	"github.com/gobeat/gobeat/beat/store/mongostore"
	"github.com/gobeat/gobeat/internal/testenv"
)

// TestOthersEdit: what another client of the database changes and deletes is noticed.
func TestOthersEdit(t *testing.T) {
	t.Parallel()
	url := testenv.MongoDB(t)
	s := open(t, mongostore.Config{URL: url + "?sweep=1s"})
	changed, gone := added(t, s, "changed"), added(t, s, "gone")
	version, err := s.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client, err := mongo.Connect(options.Client().ApplyURI(url))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Disconnect(context.Background()) }()
	_, name, _ := strings.Cut(url[len("mongodb://"):], "/")
	tasks := client.Database(name).Collection("beat_tasks")
	off := bson.D{{Key: "$set", Value: bson.D{{Key: "body.task.enabled", Value: false}}}}
	if done, err := tasks.UpdateOne(t.Context(), bson.D{{Key: "name", Value: "changed"}}, off); err != nil || done.ModifiedCount != 1 {
		t.Fatalf("changed %+v, %v", done, err)
	}
	if done, err := tasks.DeleteOne(t.Context(), bson.D{{Key: "name", Value: "gone"}}); err != nil || done.DeletedCount != 1 {
		t.Fatalf("deleted %+v, %v", done, err)
	}
	for now := version; now.Same(version); {
		if now, err = s.Latest(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	entries, deleted, _, err := s.Since(t.Context(), version)
	if err != nil || len(entries) != 1 || entries[0].ID != changed.ID || entries[0].Enabled || len(deleted) != 1 || deleted[0] != gone.ID {
		t.Errorf("changed %+v, deleted %v, %v", entries, deleted, err)
	}
}

func added(t *testing.T, s *docstore.Store, name string) beat.Entry {
	t.Helper()
	e, err := s.Add(t.Context(), beat.Entry{Name: name, Task: "proj.add", Enabled: true})
	if err != nil {
		t.Fatal(err)
	}
	return e
}
