package redisstore_test

import (
	"testing"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/redisstore"
	"github.com/gobeat/gobeat/beat/store/seedtest"
	"github.com/gobeat/gobeat/beat/store/storetest"
	"github.com/gobeat/gobeat/internal/testenv"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, fresh(testenv.Redis))
}

func TestSeeds(t *testing.T) {
	t.Parallel()
	seedtest.Run(t, fresh(testenv.Redis))
}

func TestRecovery(t *testing.T) {
	t.Parallel()
	seedtest.Recovery(t, fresh(testenv.Redis))
}

// TestValkey runs all of them on Valkey, where there is one.
func TestValkey(t *testing.T) {
	t.Parallel()
	testenv.Valkey(t)
	storetest.Run(t, fresh(testenv.Valkey))
	seedtest.Run(t, fresh(testenv.Valkey))
	seedtest.Recovery(t, fresh(testenv.Valkey))
}

// fresh makes a database for each test.
func fresh(database func(testing.TB) string) func(*testing.T) storetest.Open {
	return func(t *testing.T) storetest.Open {
		t.Helper()
		return at(database(t))
	}
}

// at opens stores in one database.
func at(url string) storetest.Open {
	return func(t *testing.T, namespace string) storetest.Store {
		t.Helper()
		c := redisstore.Config{URL: url, Namespace: namespace}
		return rigged{open(t, c), c}
	}
}

// open returns a prepared store that t closes.
func open(t *testing.T, c redisstore.Config) *redisstore.Store {
	t.Helper()
	s, err := redisstore.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Prepare(t.Context(), beat.PrepareCreate); err != nil {
		t.Fatal(err)
	}
	return s
}
