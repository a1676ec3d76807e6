package main

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobeat/gobeat/beat/store/memstore"
	"github.com/gobeat/gobeat/beat/store/seedtest"
	"github.com/gobeat/gobeat/beat/store/storetest"
)

func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
		defer cancel()
		var out strings.Builder
		if err := run(ctx, &out); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(out.String(), "[[], {}"); n != 3 {
			t.Errorf("%d messages in 3.5 s, want 3:\n%s", n, out.String())
		}
	})
}

func TestStore(t *testing.T) { storetest.Run(t, fresh) }

func TestSeeds(t *testing.T) { seedtest.Run(t, fresh) }

func TestRecovery(t *testing.T) { seedtest.Recovery(t, fresh) }

// fresh makes a store for each namespace that a test asks for.
func fresh(*testing.T) storetest.Open {
	spaces := map[string]*memstore.Store{}
	return func(t *testing.T, namespace string) storetest.Store {
		t.Helper()
		if spaces[namespace] == nil {
			spaces[namespace] = memstore.New()
		}
		s := store{spaces[namespace].Handle()}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
}
