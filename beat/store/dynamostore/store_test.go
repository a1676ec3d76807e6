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
	if onMoto(t) {
		// It copies all tables for each transaction, which hundreds of entries make slow.
		without = append(without, "L19 the largest batch", "C9 many changes")
	}
	storetest.Run(t, fresh, without...)
}

func TestSeeds(t *testing.T) {
	t.Parallel()
	skipOnMoto(t)
	seedtest.Run(t, fresh)
}

func TestRecovery(t *testing.T) {
	t.Parallel()
	skipOnMoto(t)
	seedtest.Recovery(t, fresh)
}

// onMoto tells whether the server is not one that was given.
func onMoto(t *testing.T) bool {
	t.Helper()
	return strings.Contains(testenv.DynamoDB(t), "endpoint=http://127.0.0.1:")
}

func skipOnMoto(t *testing.T) {
	t.Helper()
	if onMoto(t) {
		t.Skip("one thread of moto is too slow for beats at work; BEAT_TEST_DYNAMODB_URL names another server")
	}
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
