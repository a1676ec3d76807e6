package beat_test

import (
	"strings"
	"testing"

	"github.com/gobeat/gobeat/beat"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	all := beat.Features{Hints: true, Clock: true, History: true, Durable: true, Shared: true, Locks: true, Owners: true}
	if got := all.Limits(); len(got) > 0 {
		t.Errorf("of a store that can do everything: %q", got)
	}
	all.Hints, all.Durable = false, false
	got := strings.Join(all.Limits(), "\n")
	if want := "a changed row counts from the next poll on, not at once\n" +
		"what was claimed may be lost with the store's process: runs may then be sent twice or not at all"; got != want {
		t.Errorf("limits %q, want %q", got, want)
	}
}
