package docstore_test

import (
	"testing"

	"github.com/gobeat/gobeat/beat/store/docstore"
	"github.com/gobeat/gobeat/beat/store/storetest"
)

// TestStore runs the suite of stores over a database with a clock and one without.
func TestStore(t *testing.T) {
	for name, clockless := range map[string]bool{"clock": false, "no clock": true} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(*testing.T) storetest.Open {
				namespaces := map[string]memory{}
				return func(t *testing.T, namespace string) storetest.Store {
					db, there := namespaces[namespace]
					if !there {
						db = newMemory()
						db.Clockless = clockless
						namespaces[namespace] = db
					}
					s := docstore.New(db)
					t.Cleanup(func() { _ = s.Close() })
					return s
				}
			})
		})
	}
}
