package mongostore_test

import (
	"testing"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/docstore"
	"github.com/gobeat/gobeat/beat/store/mongostore"
	"github.com/gobeat/gobeat/beat/store/seedtest"
	"github.com/gobeat/gobeat/beat/store/storetest"
	"github.com/gobeat/gobeat/internal/testenv"
)

func TestStore(t *testing.T) {
	t.Parallel()
	// After each cut the driver waits half a second before it connects again, so that only claims are cut.
	storetest.Run(t, fresh, "O8 a connection cut at each answer: edits", "O8 a connection cut at each answer: reads")
}

func TestSeeds(t *testing.T) {
	t.Parallel()
	seedtest.Run(t, fresh)
}

func TestRecovery(t *testing.T) {
	t.Parallel()
	seedtest.Recovery(t, fresh, "R1") // a thousand claims, one after the other, each of some ten milliseconds
}

// fresh makes a database for one test.
func fresh(t *testing.T) storetest.Open {
	t.Helper()
	url := testenv.MongoDB(t)
	return func(t *testing.T, namespace string) storetest.Store {
		t.Helper()
		c := mongostore.Config{URL: url, Namespace: namespace}
		return rigged{open(t, c), c}
	}
}

// open returns a prepared store that t closes.
func open(t *testing.T, c mongostore.Config) *docstore.Store {
	t.Helper()
	s, err := mongostore.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Prepare(t.Context(), beat.PrepareCreate); err != nil {
		t.Fatal(err)
	}
	return s
}
