package docstore_test

import (
	"bytes"
	"strconv"
	"testing"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/docstore"
	"github.com/gobeat/gobeat/beat/store/entryjson"
	"github.com/gobeat/gobeat/beat/store/seedtest"
	"github.com/gobeat/gobeat/beat/store/storetest"
)

// rigged is a store with what the suite does to its database.
type rigged struct {
	*docstore.Store

	db memory
}

var _ storetest.Rigged = rigged{}

func (r rigged) Rig() storetest.Rig { return storetest.Rig{Reformat: r.reformat} }

// reformat writes the document of an entry with another format of the task.
func (r rigged) reformat(t *testing.T, id beat.EntryID, format int) {
	t.Helper()
	e, err := r.Lookup(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	r.db.mu.Lock()
	defer r.db.mu.Unlock()
	d := r.db.byID[e.TaskID]
	written := []byte(`,"format":` + strconv.Itoa(entryjson.Format) + `}`)
	if bytes.Count(d.Body, written) != 2 {
		t.Fatalf("the document is %s", d.Body)
	}
	changed := []byte("}")
	if format > 0 {
		changed = []byte(`,"format":` + strconv.Itoa(format) + `}`)
	}
	d.Body = bytes.ReplaceAll(d.Body, written, changed)
	r.db.byID[e.TaskID] = d
}

// TestStore runs the suite of stores over a database with a clock and one without.
func TestStore(t *testing.T) {
	for name, clockless := range map[string]bool{"clock": false, "no clock": true} {
		t.Run(name, func(t *testing.T) { storetest.Run(t, databases(clockless)) })
	}
}

func TestSeeds(t *testing.T) { seedtest.Run(t, databases(false)) }

// databases makes a database in memory for each namespace of each test.
func databases(clockless bool) func(*testing.T) storetest.Open {
	return func(*testing.T) storetest.Open {
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
			return rigged{s, db}
		}
	}
}
