package mongostore_test

import (
	"context"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/mongostore"
	"github.com/gobeat/gobeat/internal/testenv"
)

// TestChangeStream: what other clients add, change and delete is told at once by a server that has change streams, long
// before the next sweep, and tasks of other namespaces are passed over.
func TestChangeStream(t *testing.T) {
	t.Parallel()
	url := testenv.StartMongoStreams(t).URL() + "tasks"
	c := mongostore.Config{URL: url + "?sweep=1h", Namespace: "ours"}
	s := open(t, c)
	if !s.Features().Hints {
		t.Fatal("the server offers no change streams")
	}
	other := open(t, mongostore.Config{URL: url, Namespace: "theirs"})
	e, err := s.Add(t.Context(), beat.Entry{Name: "one", Task: "proj.add", Enabled: true})
	if err != nil {
		t.Fatal(err)
	}
	version, err := s.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	hints := s.Hints(ctx)
	<-hints // it listens

	tasks := tasksOf(t, url)
	one := bson.D{{Key: "name", Value: "one"}}
	var document bson.M
	if err := tasks.FindOne(t.Context(), one).Decode(&document); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		what             string
		write            func() (any, error)
		changed, deleted int
	}{
		{"switched off", func() (any, error) {
			return tasks.UpdateOne(t.Context(), one, bson.D{{Key: "$set", Value: bson.D{{Key: "body.task.enabled", Value: false}}}})
		}, 1, 0},
		{"replaced", func() (any, error) { return tasks.ReplaceOne(t.Context(), one, document) }, 1, 0},
		{"deleted", func() (any, error) { return tasks.DeleteOne(t.Context(), one) }, 0, 1},
		{"added", func() (any, error) { return tasks.InsertOne(t.Context(), document) }, 1, 0},
		{"of another namespace", func() (any, error) {
			if _, err := other.Add(t.Context(), beat.Entry{Name: "two", Task: "proj.add"}); err != nil {
				return nil, err
			}
			return tasks.DeleteOne(t.Context(), one) // what follows is what is told of
		}, 0, 1},
	} {
		if done, err := step.write(); err != nil {
			t.Fatalf("%s: %+v, %v", step.what, done, err)
		}
		now := version
		for now.Same(version) {
			select {
			case <-hints:
			case <-time.After(time.Second): // as beat polls; when it is not said what was written, all is read a little later
			}
			if now, err = s.Latest(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		changed, deleted, next, err := s.Since(t.Context(), version)
		if err != nil || len(changed) != step.changed || len(deleted) != step.deleted {
			t.Fatalf("%s: changed %+v, deleted %v, %v", step.what, changed, deleted, err)
		}
		for _, got := range changed {
			if got.ID != e.ID || got.Enabled == (step.what == "switched off") {
				t.Errorf("%s: %+v", step.what, got)
			}
		}
		version = next
	}
	cancel()
	for range hints { // it ends
	}
}
