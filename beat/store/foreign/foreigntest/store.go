package foreigntest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
)

// Prepare makes the tables of the state of an opened store, which is closed at the end of the test.
func Prepare[S beat.Store](t testing.TB, st S, err error) S {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := st.Prepare(t.Context(), beat.PrepareCreate); err != nil {
		t.Fatal(err)
	}
	return st
}

// Lead takes the lease.
func Lead(t testing.TB, st beat.Store) beat.Lease {
	t.Helper()
	l, err := st.Acquire(t.Context(), 0, beat.Holder{ID: uuid.New(), Name: "test"}, time.Hour, 0)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Claim claims decisions, and ends the test unless those that are wanted were taken.
func Claim(t testing.TB, st beat.Store, l beat.Lease, want []beat.EntryID, d ...beat.Decision) {
	t.Helper()
	taken, err := st.Claim(t.Context(), l, beat.Batch{ID: uuid.Must(uuid.NewV7()), Decisions: d})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, taken, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("taken (-want +got):\n%s", diff)
	}
}

// Loaded returns all entries.
func Loaded(t testing.TB, st beat.Entries) map[beat.EntryID]beat.Entry {
	t.Helper()
	entries, _, err := st.Load(t.Context(), "", 100)
	if err != nil {
		t.Fatal(err)
	}
	return byID(entries)
}

// Latest returns the version of the entries.
func Latest(t testing.TB, st beat.Changes) beat.Version {
	t.Helper()
	v, err := st.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// News returns the entries that changed and that were deleted since a version, and the next version.
func News(t testing.TB, st beat.Changes, v beat.Version) (map[beat.EntryID]beat.Entry, []beat.EntryID, beat.Version) {
	t.Helper()
	changed, deleted, next, err := st.Since(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	return byID(changed), deleted, next
}

func byID(entries []beat.Entry) map[beat.EntryID]beat.Entry {
	m := map[beat.EntryID]beat.Entry{}
	for _, e := range entries {
		m[e.ID] = e
	}
	return m
}

// Namespaces names the tests of the suite about namespaces, of which the tables of other schedulers have one.
func Namespaces() []string {
	return []string{
		"S15", "L10 settled batches are known", "L10 a settled batch is corrected", "L11", "L18 namespaces", "O4", "W1",
		"E1 no last execution of another", "E5 no history of another",
	}
}
