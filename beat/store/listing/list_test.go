package listing_test

import (
	"context"
	"slices"
	"strconv"
	"testing"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/listing"
)

// source has all its entries in one page.
type source []beat.Entry

func (s source) Load(context.Context, beat.PageToken, int) ([]beat.Entry, beat.PageToken, error) {
	return slices.Clone(s), "", nil
}

func (s source) Get(context.Context, []beat.EntryID) (map[beat.EntryID]beat.Cursor, error) {
	return nil, nil
}

// namer counts how often all entries are read.
type namer struct {
	source

	loads int
}

func (n *namer) Load(ctx context.Context, after beat.PageToken, limit int) ([]beat.Entry, beat.PageToken, error) {
	n.loads++
	return n.source.Load(ctx, after, limit)
}

func (n *namer) Named(_ context.Context, name string) ([]beat.Entry, error) {
	return slices.DeleteFunc(slices.Clone(n.source), func(e beat.Entry) bool { return e.Name != name }), nil
}

// pages lists all entries that a filter chooses, a few at a time.
func pages(t *testing.T, s listing.Source, f beat.Filter, limit int) []string {
	t.Helper()
	var names []string
	for token := beat.PageToken(""); ; {
		page, next, err := listing.List(t.Context(), s, f, token, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, st := range page {
			names = append(names, string(st.Entry.ID)+" "+st.Entry.Name)
		}
		if token = next; token == "" {
			return names
		}
	}
}

// TestPages has ids and names with what tokens are made of: over all pages each entry comes once, by name, then by id.
func TestPages(t *testing.T) {
	t.Parallel()
	var s source
	for _, name := range []string{"a:b", "a:c", "b", "", ":", "1:a", "2", "ключ: a/b"} { // whose name is the id, as in RedBeat
		s = append(s, beat.Entry{ID: beat.EntryID(name), Name: name})
	}
	for i := range 12 { // schedules of one task
		s = append(s, beat.Entry{ID: beat.EntryID("x:" + strconv.Itoa(i)), Name: "many: 1"})
	}
	want := pages(t, s, beat.Filter{}, 100)
	for limit := 1; limit < 5; limit++ {
		if got := pages(t, s, beat.Filter{}, limit); !slices.Equal(got, want) || len(got) != len(s) {
			t.Errorf("in pages of %d: %q, want %q", limit, got, want)
		}
	}
	n := &namer{source: s}
	if got := pages(t, n, beat.Filter{Name: "many: 1"}, 5); len(got) != 12 || n.loads != 0 {
		t.Errorf("by name: %q after %d passes over all entries, want 12 after none", got, n.loads)
	}
}

func TestForeignToken(t *testing.T) {
	t.Parallel()
	for _, token := range []beat.PageToken{"1", "x:y", "9:short", "-1:a"} {
		if page, _, err := listing.List(t.Context(), source{{ID: "1", Name: "a"}}, beat.Filter{}, token, 1); err == nil {
			t.Errorf("token %q: got %+v, want an error", token, page)
		}
	}
}
