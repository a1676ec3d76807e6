package storetest

import (
	"strings"
)

// olderAndNewer: what an earlier version of the program wrote is read; what a later one wrote is refused by its name, and
// harms nothing else.
func olderAndNewer(e *env) {
	reformat := e.rig().Reformat
	e.needs("a format of records", reformat != nil)
	entries := e.add("older", "newer", "same")
	reformat(e.T, entries[0].ID, 0)
	reformat(e.T, entries[1].ID, 9)
	got := e.all(e.b, 10)
	if len(got) != 3 {
		e.Fatalf("%d entries, want 3", len(got))
	}
	for i, want := range entries {
		if bad := i == 1; (got[i].Bad != nil) != bad {
			e.Errorf("%s: %v", want.Name, got[i].Bad)
		}
	}
	e.equal("older", got[0], entries[0])
	if bad := got[1].Bad; bad != nil {
		if text := bad.Error(); !strings.Contains(text, "format is 9") || got[1].ID != entries[1].ID {
			e.Errorf("%s: %s, want the format named", got[1].ID, text)
		}
	}
	changed := got[0]
	changed.Queue = "q"
	_, err := e.a.Update(e.ctx, changed)
	e.noErr(err)
	if got := e.all(e.b, 10); got[0].Queue != "q" || got[1].Bad == nil {
		e.Errorf("after an update: %+v", got)
	}
}
