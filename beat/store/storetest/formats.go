package storetest

import (
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
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
	e.keepsNewer(entries[1])
	changed := got[0]
	changed.Queue = "q"
	_, err := e.a.Update(e.ctx, changed)
	e.noErr(err)
	if got := e.all(e.b, 10); got[0].Queue != "q" || got[1].Bad == nil {
		e.Errorf("after an update: %+v", got)
	}
}

// keepsNewer: what a later version has written is not overwritten by what this one knows of it.
func (e *env) keepsNewer(entry beat.Entry) {
	e.Helper()
	before, err := e.b.Lookup(e.ctx, entry.ID)
	e.noErr(err)
	entry.ModifiedAt, entry.Queue = time.Time{}, "overwritten"
	refused := func(what string, err error) {
		e.Helper()
		if err == nil || !strings.Contains(err.Error(), "format is 9") {
			e.Errorf("%s of a record of a newer format = %v, want the format named", what, err)
		}
	}
	_, err = e.a.Update(e.ctx, entry)
	refused("Update", err)
	if u, ok := e.a.(beat.Upserter); ok && e.a.Features().Upserts {
		_, err = u.Upsert(e.ctx, entry, beat.UpsertKeep)
		refused("Upsert", err)
	}
	after, err := e.b.Lookup(e.ctx, entry.ID)
	e.noErr(err)
	e.equal("the newer record", after, before)
}
