package storetest

import (
	"errors"
	"strings"
	"time"

	"github.com/gobeat/gobeat/beat"
)

// checkOnly: what is missing is named together with what creates it, and stays missing.
func checkOnly(e *env) {
	bare := e.rig().Bare
	e.needs("anything to create", bare != nil)
	s, command := bare(e.T)
	for range 2 {
		err := s.Prepare(e.ctx, beat.PrepareCheck)
		if !errors.Is(err, beat.ErrMigrate) || !strings.Contains(err.Error(), command) {
			e.Fatalf("Prepare(check) = %v, want ErrMigrate and %q", err, command)
		}
	}
	e.noErr(s.Prepare(e.ctx, beat.PrepareCreate))
	e.noErr(s.Prepare(e.ctx, beat.PrepareCheck))
	_, err := s.Add(e.ctx, task("one"))
	e.noErr(err)
}

// invalidNames are refused when a handle is opened, before anything is sent.
func invalidNames(e *env) {
	invalid := e.rig().Invalid
	e.needs("a name that it cannot take", invalid != nil)
	attempts, through := invalid(e.T)
	for name, open := range attempts {
		if err := open(); err == nil || !strings.Contains(err.Error(), name) {
			e.Errorf("open = %v, want an error with %s in it", err, name)
		}
	}
	if through != nil && through.Opened() != 0 {
		e.Error("somebody was asked")
	}
}

// namespacesApart: what looks like a part of another name, or like its escaped form, is a name of its own.
func namespacesApart(e *env) {
	spaces := []string{"", "a", "a:b", "a/b", "a%3Ab", "{a}", "A"}
	extra := e.add("a", "b", "c")[2]
	var open []Store
	for _, space := range spaces[1:] {
		s := e.open(e.T, space)
		_, err := s.Add(e.ctx, task("of "+space))
		e.noErr(err)
		open = append(open, s)
	}
	for i, s := range open {
		e.equal("entries of "+spaces[i+1], names(e.all(s, 10)), []string{"of " + spaces[i+1]})
		if _, err := s.Lookup(e.ctx, extra.ID); !errors.Is(err, beat.ErrNotFound) {
			e.Errorf("%q looks up another's entry: %v", spaces[i+1], err)
		}
		if err := s.Delete(e.ctx, extra.ID); !errors.Is(err, beat.ErrNotFound) {
			e.Errorf("%q deletes another's entry: %v", spaces[i+1], err)
		}
		e.lead(s, forever)
		list, _, err := s.List(e.ctx, beat.Filter{}, "", 10)
		e.noErr(err)
		if len(list) != 1 {
			e.Errorf("%q lists %d entries", spaces[i+1], len(list))
		}
	}
	e.lead(e.a, forever)
	e.equal("entries", names(e.all(e.b, 10)), []string{"a", "b", "c"})
}

// wrongServers: the error says what is wrong, without the password.
func wrongServers(e *env) {
	wrong := e.rig().Wrong
	e.needs("a server", wrong != nil)
	for what, open := range wrong(e.T) {
		s, err := open()
		told := []error{err}
		if err == nil {
			_, added := s.Add(e.ctx, task("x"))
			_, claimed := s.Claim(e.ctx, beat.Lease{}, beat.Batch{ID: newID(), Decisions: []beat.Decision{{ID: "1", To: epoch}}})
			_, led := s.Acquire(e.ctx, 0, holder("x"), time.Minute, 0)
			told = []error{s.Prepare(e.ctx, beat.PrepareCreate), added, claimed, led}
			_ = s.Close()
		}
		all := errors.Join(told...)
		if all == nil || !strings.Contains(all.Error(), what) {
			e.Errorf("error %v, want %q in it", all, what)
		}
		if all != nil && strings.Contains(all.Error(), Secret) {
			e.Errorf("the error shows the password: %v", all)
		}
	}
}

// forgotten: whatever a server keeps beside the data, such as scripts, may be gone at any time.
func forgotten(e *env) {
	r := e.rig()
	e.needs("forgetting scripts", r.Forgetful != nil)
	s, forget := r.Forgetful(e.T)
	forget()
	entry, err := s.Add(e.ctx, task("one"))
	e.noErr(err)
	forget()
	l := e.lead(s, forever)
	forget()
	at := e.now(s).Add(-time.Hour)
	e.claim(s, l, first([]beat.Entry{entry}, at))
	forget()
	b := beat.Batch{ID: newID(), Decisions: runs([]beat.Entry{entry}, at, at.Add(time.Second))}
	taken, err := s.Claim(e.ctx, l, b)
	e.noErr(err)
	e.equal("taken", taken, []beat.EntryID{entry.ID})
	forget()
	e.noErr(s.Settle(e.ctx, l, []beat.Settlement{{Batch: b.ID}}))
	forget()
	e.equal("entries", names(e.all(s, 10)), []string{"one"})
	forget()
	e.noErr(s.Delete(e.ctx, entry.ID))
	e.equal("runs", e.cursor(s, entry.ID).Fires, int64(0))
}
