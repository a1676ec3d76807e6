package storetest

import (
	"errors"
	"slices"

	"github.com/gobeat/gobeat/beat"
)

var changeCases = []testCase{ //nolint:gochecknoglobals // a table of tests
	{"C1 nothing changed", nothingChanged},
	{"C2 every kind of edit moves the version", everyEdit},
	{"C3 changes in quick succession are all seen", quickChanges},
	{"C4 a transaction that is committed late is seen", lateCommit},
	{"C5 edits by SQL and bulk updates are seen", rawEdits},
	{"C6 cursors do not move the version", cursorsDoNotMove},
	{"C7 exactly the changed and the deleted", exactChanges},
	{"C7 a version that is too old", tooOld},
	{"C8 a hint comes after a change", hints},
	{"C9 many changes at once", manyChanges},
}

func (e *env) latest(s Store) beat.Version {
	e.Helper()
	v, err := s.Latest(e.ctx)
	e.noErr(err)
	return v
}

func (e *env) since(s Store, v beat.Version) (changed, deleted []beat.EntryID, next beat.Version) {
	e.Helper()
	entries, deleted, next, err := s.Since(e.ctx, v)
	e.noErr(err)
	changed = ids(entries)
	slices.Sort(changed)
	slices.Sort(deleted)
	return changed, deleted, next
}

func nothingChanged(e *env) {
	for range 2 {
		v := e.latest(e.b)
		for range 3 {
			if w := e.latest(e.b); !v.Same(w) {
				e.Errorf("version moved from %+v to %+v", v, w)
			}
		}
		changed, deleted, next := e.since(e.b, v)
		if len(changed) != 0 || len(deleted) != 0 || !next.Same(v) {
			e.Errorf("changed %v, deleted %v, next %+v after %+v", changed, deleted, next, v)
		}
		e.add("one") // and once more with an entry
		e.noErr(e.a.SetEnabled(e.ctx, e.all(e.a, 1)[0].TaskID, false))
		e.noErr(e.a.Purge(e.ctx))
	}
}

func everyEdit(e *env) {
	var entry beat.Entry
	v := e.latest(e.b)
	start := v
	for _, edit := range []struct {
		name string
		do   func() error
	}{
		{"add", func() (err error) { entry, err = e.a.Add(e.ctx, task("one")); return err }},
		{"add schedule", func() error {
			second := task("")
			second.TaskID = entry.TaskID
			_, err := e.a.Add(e.ctx, second)
			return err
		}},
		{"update", func() (err error) { entry.Queue = "q"; entry, err = e.a.Update(e.ctx, entry); return err }},
		{"disable", func() error { return e.a.SetEnabled(e.ctx, entry.TaskID, false) }},
		{"delete", func() error { return e.a.Delete(e.ctx, entry.ID) }},
		{"purge", func() error { return e.a.Purge(e.ctx) }},
	} {
		e.noErr(edit.do())
		w := e.latest(e.b)
		if v.Same(w) {
			e.Errorf("%s did not move the version %+v", edit.name, v)
		}
		if w.At.Before(v.At) || w.At.IsZero() {
			e.Errorf("%s: time went from %v to %v", edit.name, v.At, w.At)
		}
		v = w
	}
	if changed, deleted, _ := e.since(e.b, start); len(changed) != 0 || len(deleted) != 2 {
		e.Errorf("changed %v, deleted %v, want two deleted", changed, deleted)
	}
}

func quickChanges(e *env) {
	start := e.latest(e.b)
	v := start
	var want []beat.EntryID
	for i := range 20 {
		want = append(want, e.addMany1(i).ID)
		w := e.latest(e.b)
		if v.Same(w) {
			e.Errorf("change %d did not move the version", i)
		}
		v = w
	}
	slices.Sort(want)
	changed, _, _ := e.since(e.b, start)
	e.equal("changed", changed, want)
}

func (e *env) addMany1(i int) beat.Entry {
	e.Helper()
	return e.add("quick " + string(rune('a'+i)))[0]
}

func cursorsDoNotMove(e *env) {
	entries := e.addMany(3)
	v := e.latest(e.b)
	l := e.lead(e.a, forever)
	e.claimAll(e.a, l, entries, e.now(e.a))
	if w := e.latest(e.b); !v.Same(w) {
		e.Errorf("a claim moved the version from %+v to %+v", v, w)
	}
}

func exactChanges(e *env) {
	entries := e.addMany(6)
	_, _, v := e.since(e.b, e.latest(e.b))
	e.noErr(e.a.Delete(e.ctx, entries[0].ID))
	e.noErr(e.a.SetEnabled(e.ctx, entries[1].TaskID, false))
	entries[2].Queue = "q"
	_, err := e.a.Update(e.ctx, entries[2])
	e.noErr(err)
	added := e.add("new")[0]

	changed, deleted, next := e.since(e.b, v)
	want := []beat.EntryID{entries[1].ID, entries[2].ID, added.ID}
	slices.Sort(want)
	e.equal("changed", changed, want)
	e.equal("deleted", deleted, []beat.EntryID{entries[0].ID})
	changed, deleted, last := e.since(e.b, next)
	if len(changed) != 0 || len(deleted) != 0 || !last.Same(next) {
		e.Errorf("asked again: changed %v, deleted %v, next %+v after %+v", changed, deleted, last, next)
	}
	if w := e.latest(e.b); !w.Same(next) {
		e.Errorf("latest is %+v, Since said %+v", w, next)
	}
	changed, deleted, _ = e.since(e.b, v) // an older version may be asked for again
	e.equal("changed since the older one", changed, want)
	e.equal("deleted since the older one", deleted, []beat.EntryID{entries[0].ID})
}

func tooOld(e *env) {
	e.add("one")
	v := e.latest(e.a)
	v.Seq = -5
	v.Open = nil
	if _, _, _, err := e.a.Since(e.ctx, v); !errors.Is(err, beat.ErrTooOld) {
		e.Errorf("Since a version before all = %v, want ErrTooOld", err)
	}
}

func hints(e *env) {
	if !e.a.Features().Hints {
		if e.a.Hints(e.ctx) != nil {
			e.Error("a store without hints returns a channel")
		}
		return
	}
	ctx, cancel := withCancel(e.ctx)
	ch := e.b.Hints(ctx)
	e.add("one")
	<-ch
	cancel()
	for range ch {
	}
}

func manyChanges(e *env) {
	v := e.latest(e.b)
	entries := e.addMany(300)
	for range 30 {
		for _, entry := range entries[:10] {
			e.noErr(e.a.SetEnabled(e.ctx, entry.TaskID, false))
		}
	}
	if changed, _, _ := e.since(e.b, v); len(changed) != len(entries) {
		e.Errorf("%d changed, want %d", len(changed), len(entries))
	}
}
