package memstore_test

import (
	"testing"

	"github.com/gobeat/gobeat/beat/store/memstore"
	"github.com/gobeat/gobeat/beat/store/seedtest"
	"github.com/gobeat/gobeat/beat/store/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, fresh)
}

func TestSeeds(t *testing.T) {
	t.Parallel()
	seedtest.Run(t, fresh)
}

func TestRecovery(t *testing.T) {
	t.Parallel()
	seedtest.Recovery(t, fresh)
}

// fresh makes a store for each namespace that a test asks for.
func fresh(*testing.T) storetest.Open {
	spaces := map[string]*memstore.Store{}
	return func(t *testing.T, namespace string) storetest.Store {
		t.Helper()
		if spaces[namespace] == nil {
			spaces[namespace] = memstore.New()
		}
		s := spaces[namespace].Handle()
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
}
