package docstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/claimlog"
	"github.com/gobeat/gobeat/beat/store/docstore"
)

var errDied = errors.New("the process died")

// TestAnEditWhoseEndIsMissing is read between its beginning and its write, and dies after the write: what it wrote is
// noticed all the same.
func TestAnEditWhoseEndIsMissing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := newMemory()
		reader, writer := docstore.New(db), docstore.New(db)
		entry, err := writer.Add(t.Context(), beat.Entry{Name: "one", Task: "proj.add"})
		if err != nil {
			t.Fatal(err)
		}
		version, err := reader.Latest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var between beat.Version
		db.fails = func(op string) error {
			if op == "replace" {
				db.fails = nil
				_, _, between, err = reader.Since(t.Context(), version)
				db.Fault = func(string) (before, after error) { return errDied, nil }
			}
			return nil
		}
		if err := writer.SetEnabled(t.Context(), entry.TaskID, true); err != nil {
			t.Fatal(err)
		}
		db.Fault = nil
		if err != nil {
			t.Fatal(err)
		}
		now, err := reader.Latest(t.Context())
		if err != nil || !now.Same(between) {
			t.Fatalf("Latest = %+v, %v, want as between, %+v: nothing was noted", now, err, between)
		}

		time.Sleep(time.Minute) // of the bubble: the beginning is old now
		if now, err = reader.Latest(t.Context()); err != nil || now.Same(between) {
			t.Errorf("Latest = %+v, %v, want another version than %+v", now, err, between)
		}
		changed, _, next, err := reader.Since(t.Context(), between)
		if err != nil || len(changed) != 1 || !changed[0].Enabled {
			t.Errorf("Since = %+v, %v, want the entry, enabled", changed, err)
		}
		if !next.Same(now) || len(next.Open) > 0 {
			t.Errorf("Since says %+v, want %+v and nothing open", next, now)
		}
	})
}

// TestNotesThatAreGone asks for changes since a place whose next note was removed.
func TestNotesThatAreGone(t *testing.T) {
	t.Parallel()
	db := newMemory()
	s := docstore.New(db)
	for _, name := range []string{"one", "two"} {
		if _, err := s.Add(t.Context(), beat.Entry{Name: name, Task: "proj.add"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Remove(t.Context(), "changes", []int64{1}); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := s.Since(t.Context(), beat.Version{}); !errors.Is(err, beat.ErrTooOld) {
		t.Errorf("Since the start = %v, want ErrTooOld", err)
	}
	if changed, _, _, err := s.Since(t.Context(), beat.Version{Seq: 1}); err != nil || len(changed) != 2 {
		t.Errorf("Since 1 = %+v, %v, want two entries", changed, err)
	}
}

// TestOldNotesAreRemoved begins with a long journal.
func TestOldNotesAreRemoved(t *testing.T) {
	t.Parallel()
	db := newMemory()
	data, err := json.Marshal(map[string]any{"ids": []string{}, "at": time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	const last = 21_999
	for _, seq := range []int64{1, 500, 1500, 2500, last} {
		if _, err := db.Insert(context.Background(), "changes", claimlog.Record{Seq: seq, Data: data}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := docstore.New(db).Add(t.Context(), beat.Entry{Name: "one", Task: "proj.add"}); err != nil {
		t.Fatal(err)
	}
	left, err := db.After(t.Context(), "changes", 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	var places []int64
	for _, r := range left {
		places = append(places, r.Seq)
	}
	if want := []int64{2500, last, last + 1, last + 2}; !slices.Equal(places, want) {
		t.Errorf("left %v, want %v", places, want)
	}
}

// TestABadDocument harms its own entry only.
func TestABadDocument(t *testing.T) {
	t.Parallel()
	db := newMemory()
	s := docstore.New(db)
	bad, err := s.Add(t.Context(), beat.Entry{Name: "bad", Task: "proj.add"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Add(t.Context(), beat.Entry{Name: "good", Task: "proj.add"}); err != nil {
		t.Fatal(err)
	}
	doc := db.byID[bad.TaskID]
	doc.Body = []byte(`{"task": 7}`)
	db.byID[bad.TaskID] = doc
	page, _, err := s.Load(t.Context(), "", 10)
	if err != nil || len(page) != 2 || page[0].Bad == nil || page[0].ID != bad.ID || page[1].Bad != nil {
		t.Errorf("Load = %+v, %v, want a bad entry and a good one", page, err)
	}
}
