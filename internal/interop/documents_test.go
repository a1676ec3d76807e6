package interop_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/docstore"
	"github.com/gobeat/gobeat/beat/store/dynamostore"
	"github.com/gobeat/gobeat/beat/store/mongostore"
	"github.com/gobeat/gobeat/internal/testenv"
)

// TestStoreInDocuments kills the leader over entries in databases of documents: its successor takes over, and a real
// worker executes each run once, those of the time between included.
func TestStoreInDocuments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fresh func(t testing.TB) string
		open  func(url string) (*docstore.Store, error)
	}{
		{"MongoDB", testenv.MongoDB, func(url string) (*docstore.Store, error) {
			return mongostore.Open(mongostore.Config{URL: url})
		}},
		{"DynamoDB", testenv.DynamoDB, func(url string) (*docstore.Store, error) {
			return dynamostore.Open(t.Context(), dynamostore.Config{URL: url})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			database := c.fresh(t)
			st, err := c.open(database)
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			var before beat.Cursor
			worker := succeed(t, database, func() { before = onlyCursor(t, st) })

			after := onlyCursor(t, st)
			if seconds := int64(after.LastRun.Sub(before.LastRun) / time.Second); after.Fires-before.Fires != seconds {
				t.Errorf("%d runs in %d seconds: cursor %+v, then %+v", after.Fires-before.Fires, seconds, before, after)
			}
			for range after.Fires - 4 { // four were waited for
				next(t, worker)
			}
			worker.Stop(t)
			if executed := int64(strings.Count(worker.Output(), "RUN {")); executed != after.Fires {
				t.Errorf("%d runs were executed, want %d", executed, after.Fires)
			}
		})
	}
}

// onlyCursor returns the cursor of the only entry.
func onlyCursor(t *testing.T, st *docstore.Store) beat.Cursor {
	t.Helper()
	list, _, err := st.List(t.Context(), beat.Filter{}, "", 2)
	if err != nil || len(list) != 1 {
		t.Fatalf("entries %+v, %v, want one", list, err)
	}
	return list[0].Cursor
}
