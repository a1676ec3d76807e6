package dynamostore_test

import (
	"strings"
	"testing"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/docstore"
	"github.com/gobeat/gobeat/beat/store/dynamostore"
	"github.com/gobeat/gobeat/beat/store/seedtest"
	"github.com/gobeat/gobeat/beat/store/storetest"
	"github.com/gobeat/gobeat/internal/testenv"
)

func TestStore(t *testing.T) {
	t.Parallel()
	without := []string{"S1 a large value"} // an item holds 400 KB
	if strings.Contains(testenv.DynamoDB(t), "endpoint=http://127.0.0.1:") {
		// moto copies all tables for each transaction, which hundreds of entries make slow.
		without = append(without, "L19 the largest batch", "C9 many changes")
	}
	storetest.Run(t, fresh, without...)
}

func TestSeeds(t *testing.T) {
	t.Parallel()
	seedtest.Run(t, fresh)
}

func TestRecovery(t *testing.T) {
	t.Parallel()
	seedtest.Recovery(t, fresh)
}

// fresh makes a table for one test.
func fresh(t *testing.T) storetest.Open {
	t.Helper()
	url := testenv.DynamoDB(t)
	return func(t *testing.T, namespace string) storetest.Store {
		t.Helper()
		return rigged{open(t, dynamostore.Config{URL: url, Namespace: namespace})}
	}
}

// open returns a prepared store that t closes.
func open(t *testing.T, c dynamostore.Config) *docstore.Store {
	t.Helper()
	s, err := dynamostore.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Prepare(t.Context(), beat.PrepareCreate); err != nil {
		t.Fatal(err)
	}
	return s
}
