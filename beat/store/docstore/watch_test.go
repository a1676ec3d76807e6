package docstore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/docstore"
)

// telling is a database that tells of the writes that are sent to it, until its connection is lost.
type telling struct {
	memory

	writes chan []string
	lost   chan error
}

func (telling) Watches() bool { return true }

func (d telling) Watch(ctx context.Context, written func(ids ...string)) error {
	written()
	for {
		select {
		case ids := <-d.writes:
			written(ids...)
		case err := <-d.lost:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// unswept is one whose documents are not looked through.
type unswept struct{ telling }

func (unswept) SweepEvery() time.Duration { return 0 }

// TestTold: what the database tells of is looked at alone and at once, and everything when it does not say what was written
// or has not listened for a while.
func TestTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := telling{newMemory(), make(chan []string), make(chan error)}
		s := docstore.New(db)
		if !s.Features().Hints {
			t.Fatal("hints are not offered")
		}
		var added []beat.Entry
		for i := range 3 {
			e, err := s.Add(t.Context(), beat.Entry{Name: fmt.Sprint("task ", i), Task: "proj.add"})
			if err != nil {
				t.Fatal(err)
			}
			added = append(added, e)
		}
		version, err := s.Latest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		hints := s.Hints(t.Context())
		var pages int
		noticed := func(what string, wantPages int, want ...beat.EntryID) {
			t.Helper()
			<-hints
			pages = 0
			if _, err := s.Latest(t.Context()); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			changed, deleted, next, err := s.Since(t.Context(), version)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			got := slices.Clone(deleted)
			for _, e := range changed {
				got = append(got, e.ID)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) || pages != wantPages {
				t.Errorf("%s: %v, and %d pages were read; want %v and %d", what, got, pages, want, wantPages)
			}
			version = next
		}
		db.fails = func(op string) error {
			if op == "page" {
				pages++
			}
			return nil
		}
		touch := func(e beat.Entry) {
			document := db.byID[e.TaskID]
			document.Version++
			db.byID[e.TaskID] = document
		}
		noticed("begins to listen", 1)

		touch(added[0])
		db.writes <- []string{added[0].TaskID, "strange"}
		noticed("one write", 0, added[0].ID)
		db.writes <- []string{added[0].TaskID}
		noticed("told again", 0)

		delete(db.byID, added[1].TaskID)
		db.writes <- []string{added[1].TaskID}
		noticed("a deletion", 0, added[1].ID)

		touch(added[2])
		fail := db.fails
		db.fails = func(op string) error {
			if op == "get" {
				return errDied
			}
			return nil
		}
		db.writes <- []string{added[2].TaskID}
		<-hints
		if _, err := s.Latest(t.Context()); !errors.Is(err, errDied) {
			t.Errorf("Latest while reading fails: %v", err)
		}
		db.fails = fail
		db.writes <- []string{"strange"}
		noticed("what could not be read before", 0, added[2].ID)

		touch(added[0])
		db.writes <- nil
		noticed("something was written", 1, added[0].ID)
		many := make([]string, 1000)
		for i := range many {
			many[i] = strconv.Itoa(i)
		}
		db.writes <- many
		noticed("too many to look at each", 1)

		touch(added[2])
		db.lost <- errDied
		noticed("listens again", 1, added[2].ID)

		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for range hints { // it ends
		}
	})
}

// Without a sweep nothing is known to compare with, so nobody listens.
func TestNotToldWithoutSweep(t *testing.T) {
	t.Parallel()
	s := docstore.New(unswept{telling{memory: newMemory()}})
	if s.Features().Hints || s.Hints(t.Context()) != nil {
		t.Error("hints are offered")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestToldDuringAPass: what is written behind a pass that is under way, by a database that does not say what, is found by
// the next one, which begins at once.
func TestToldDuringAPass(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := telling{newMemory(), make(chan []string), make(chan error)}
		s := docstore.New(db)
		var first beat.Entry
		for i := range 600 { // two pages
			e, err := s.Add(t.Context(), beat.Entry{Name: fmt.Sprint("task ", i), Task: "proj.add"})
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				first = e
			}
		}
		version, err := s.Latest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		hints := s.Hints(t.Context())
		<-hints
		pages := 0
		db.fails = func(op string) error {
			if op == "page" {
				if pages++; pages == 2 {
					document := db.byID[first.TaskID]
					document.Version++
					db.byID[first.TaskID] = document
					db.writes <- nil
				}
			}
			return nil
		}
		if v, err := s.Latest(t.Context()); err != nil || !v.Same(version) {
			t.Fatalf("Latest of the pass under way: %+v, %v, want %+v", v, err, version)
		}
		<-hints
		if _, err := s.Latest(t.Context()); err != nil {
			t.Fatal(err)
		}
		changed, _, _, err := s.Since(t.Context(), version)
		if err != nil || len(changed) != 1 || changed[0].ID != first.ID || pages != 4 {
			t.Errorf("changed %+v, %v, after %d pages", changed, err, pages)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
