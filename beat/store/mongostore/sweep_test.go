package mongostore_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/mongostore"
	"github.com/gobeat/gobeat/beat/store/storetest"
	"github.com/gobeat/gobeat/internal/testenv"
)

// TestOthersEdit: what another client of the database changes and deletes is noticed.
func TestOthersEdit(t *testing.T) {
	t.Parallel()
	url := testenv.MongoDB(t)
	s := open(t, mongostore.Config{URL: url + "?sweep=1s"})
	tasks := tasksOf(t, url)
	storetest.Others(t, s, func(t *testing.T, e beat.Entry) {
		t.Helper()
		off := bson.D{{Key: "$set", Value: bson.D{{Key: "body.task.enabled", Value: false}}}}
		if done, err := tasks.UpdateOne(t.Context(), bson.D{{Key: "name", Value: e.Name}}, off); err != nil || done.ModifiedCount != 1 {
			t.Fatalf("changed %+v, %v", done, err)
		}
	}, func(t *testing.T, e beat.Entry) {
		t.Helper()
		if done, err := tasks.DeleteOne(t.Context(), bson.D{{Key: "name", Value: e.Name}}); err != nil || done.DeletedCount != 1 {
			t.Fatalf("deleted %+v, %v", done, err)
		}
	}, func(e beat.Entry) bool { return !e.Enabled })
}
