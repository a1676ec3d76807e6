package storetest

import (
	"testing"

	"github.com/gobeat/gobeat/beat"
)

// Others checks that a store notices what another client of its database changes and removes, each a task that it is given,
// and how the entry that was changed reads then. The store must look for such changes about every second.
func Others(t *testing.T, s Store, change, remove func(t *testing.T, e beat.Entry), changed func(e beat.Entry) bool) {
	t.Helper()
	var added [2]beat.Entry
	for i, name := range []string{"changed", "gone"} {
		e, err := s.Add(t.Context(), beat.Entry{Name: name, Task: "proj.add", Enabled: true})
		if err != nil {
			t.Fatal(err)
		}
		added[i] = e
	}
	version, err := s.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	change(t, added[0])
	remove(t, added[1])
	for now := version; now.Same(version); {
		if now, err = s.Latest(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	entries, deleted, _, err := s.Since(t.Context(), version)
	if err != nil || len(entries) != 1 || entries[0].ID != added[0].ID || !changed(entries[0]) || len(deleted) != 1 || deleted[0] != added[1].ID {
		t.Errorf("changed %+v, deleted %v, %v", entries, deleted, err)
	}
}
