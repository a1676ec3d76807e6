package docstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/docstore"
)

// TestOthersEdit writes documents past the store: what they add, change and delete is noticed within the time of a sweep, by
// every store over the database.
func TestOthersEdit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := newMemory()
		s, second := docstore.New(db), docstore.New(db)
		var added []beat.Entry
		for i := range 1200 { // several pages
			e, err := s.Add(t.Context(), beat.Entry{Name: fmt.Sprint("task ", i), Task: "proj.add"})
			if err != nil {
				t.Fatal(err)
			}
			added = append(added, e)
		}
		version, err := s.Latest(t.Context())
		if _, err2 := second.Latest(t.Context()); err != nil || err2 != nil {
			t.Fatal(err, err2)
		}

		changed, gone := added[700], added[3]
		document := db.byID[changed.TaskID]
		document.Body = bytes.Replace(document.Body, []byte("proj.add"), []byte("proj.mul"), 1)
		db.byID[changed.TaskID] = document
		delete(db.byID, gone.TaskID)
		broken := docstore.Document{ID: "zzz", Name: "broken", Body: []byte("[]")}
		db.byID[broken.ID] = broken

		if v, err := s.Latest(t.Context()); err != nil || !v.Same(version) {
			t.Fatalf("Latest at once: %+v, %v, want %+v", v, err, version)
		}
		time.Sleep(sweepEvery) // of the bubble
		db.fails = func(op string) error {
			if op == "page" {
				db.fails = nil
				return errDied
			}
			return nil
		}
		if _, err := s.Latest(t.Context()); !errors.Is(err, errDied) {
			t.Errorf("Latest while reading fails: %v", err)
		}
		for _, store := range []*docstore.Store{s, second} {
			v, err := store.Latest(t.Context())
			if err != nil || v.Same(version) {
				t.Fatalf("Latest after a sweep: %+v, %v, want another version than %+v", v, err, version)
			}
			entries, deleted, next, err := store.Since(t.Context(), version)
			if err != nil || !slices.Equal(deleted, []beat.EntryID{gone.ID}) || len(entries) != 2 {
				t.Fatalf("Since: %+v, %v deleted, %v", entries, deleted, err)
			}
			for _, e := range entries {
				if good := e.ID == changed.ID && e.Task == "proj.mul"; !good && (e.TaskID != broken.ID || e.Bad == nil) {
					t.Errorf("changed: %+v", e)
				}
			}
			if !next.Same(v) {
				t.Errorf("Since ends at %+v, want %+v", next, v)
			}
		}
		time.Sleep(sweepEvery)
		before, err := s.Latest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(sweepEvery)
		if again, err := s.Latest(t.Context()); err != nil || !again.Same(before) {
			t.Errorf("a sweep that finds nothing: %+v, %v, want %+v", again, err, before)
		}
	})
}
