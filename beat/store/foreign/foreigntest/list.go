package foreigntest

import (
	"strings"
	"testing"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/reconcile"
)

// Listed is a store that can be brought in line with a list.
type Listed interface {
	beat.Lister
	beat.Catalog
	Features() beat.Features
}

// InLine brings the tasks of a store in line with a list that owns all of its owner's, and returns what was done: action,
// name, and the fields that changed or the problem.
func InLine(t testing.TB, st Listed, entries ...beat.Entry) []string {
	t.Helper()
	list := reconcile.List{Owner: "beat_schedule", Whole: true, Adopt: st.Features().Unmarked}
	for _, e := range entries {
		list.Wanted = append(list.Wanted, reconcile.Wanted{Entry: e})
	}
	steps, err := list.Plan(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	var done []string
	for i := range steps {
		s := &steps[i]
		if _, err := reconcile.Apply(t.Context(), st, s); err != nil {
			t.Fatal(err)
		}
		words := []string{string(s.Action), s.Name}
		for _, c := range s.Changes {
			words = append(words, c.Field)
		}
		if s.Problem != "" {
			words = append(words, s.Problem)
		}
		done = append(done, strings.Join(words, " "))
	}
	return done
}

// Named returns the entry with a name.
func Named(t testing.TB, st beat.Lister, name string) beat.Entry {
	t.Helper()
	page, _, err := st.List(t.Context(), beat.Filter{Name: name}, "", 1)
	if err != nil || len(page) != 1 {
		t.Fatalf("%s: %d entries, %v", name, len(page), err)
	}
	return page[0].Entry
}
