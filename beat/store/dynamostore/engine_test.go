package dynamostore

import (
	"testing"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/claimlog"
	"github.com/gobeat/gobeat/beat/store/claimlog/enginetest"
	"github.com/gobeat/gobeat/internal/testenv"
)

func TestEngine(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, func(t *testing.T) enginetest.Open {
		t.Helper()
		url := testenv.DynamoDB(t)
		return func(t *testing.T) claimlog.Engine {
			t.Helper()
			db, err := open(t.Context(), Config{URL: url})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			if err := db.Prepare(t.Context(), beat.PrepareCreate); err != nil {
				t.Fatal(err)
			}
			return db
		}
	})
}
