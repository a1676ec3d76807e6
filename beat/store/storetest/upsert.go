package storetest

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobeat/gobeat/beat"
)

var upsertCases = []testCase{ //nolint:gochecknoglobals // a table of tests
	{"S7 upsert adds, then replaces, and says which", upsertTwice},
	{"S7 upsert of one of several schedules", upsertOfSeveral},
	{"S7 upserts of one name at once add it once", upsertAtOnce},
	{"S8 upsert keeps the next run unless forced", upsertKeeps},
	{"S9 upsert refuses an entry that is being sent", upsertLocked},
	{"S12 activate and deactivate, twice each", activate},
	{"S13 an inactive schedule is switched off alone", inactiveAlone},
	{"S16 never, some, empty and never again", stored},
	{"S16 entries that go by SQL, and editors do not wait for each other", storedBySQL},
}

// upsert does so and returns whether the entry was added.
func (e *env) upsert(u beat.Upserter, entry beat.Entry, mode beat.UpsertMode) bool {
	e.Helper()
	created, err := u.Upsert(e.ctx, entry, mode)
	e.noErr(err)
	return created
}

func upsertTwice(e *env) {
	u := e.upserter(e.a)
	entry := task("one")
	if !e.upsert(u, entry, beat.UpsertKeep) {
		e.Error("the first one was not added")
	}
	entry.Queue, entry.Spec.Every, entry.Enabled = "q", 20, false
	if e.upsert(u, entry, beat.UpsertKeep) {
		e.Error("the second one was added")
	}
	got := e.all(e.b, 10)
	if len(got) != 1 || got[0].Queue != "q" || got[0].Spec.Every != 20 || got[0].Enabled {
		e.Errorf("entries %+v, want the second one", got)
	}
	entry.ID = "4711"
	if _, err := u.Upsert(e.ctx, entry, beat.UpsertKeep); !errors.Is(err, beat.ErrNotFound) {
		e.Errorf("upsert of an unknown id = %v, want ErrNotFound", err)
	}
}

func upsertOfSeveral(e *env) {
	u := e.upserter(e.a)
	entry := e.add("one")[0]
	second := task("one")
	second.TaskID = entry.TaskID
	second, err := e.a.Add(e.ctx, second)
	e.noErr(err)
	if _, err := u.Upsert(e.ctx, task("one"), beat.UpsertKeep); !errors.Is(err, beat.ErrConflict) {
		e.Errorf("upsert by name = %v, want ErrConflict", err)
	}
	second.Spec.Every = 30
	if e.upsert(u, second, beat.UpsertKeep) {
		e.Error("an entry with an id was added")
	}
	got := e.all(e.b, 10)
	if len(got) != 2 || got[0].Spec.Every != 10 || got[1].Spec.Every != 30 {
		e.Errorf("entries %+v, want the second one replaced", got)
	}
}

func upsertAtOnce(e *env) {
	of := []beat.Upserter{e.upserter(e.a), e.upserter(e.b)}
	var wg sync.WaitGroup
	var added atomic.Int32
	for i := range 8 {
		wg.Go(func() {
			created, err := of[i%2].Upsert(e.ctx, task("one"), beat.UpsertKeep)
			if err != nil {
				e.Errorf("upsert: %v", err)
			}
			if created {
				added.Add(1)
			}
		})
	}
	wg.Wait()
	e.equal("entries", names(e.all(e.a, 10)), []string{"one"})
	if n := added.Load(); n != 1 {
		e.Errorf("%d upserts say that they added it, want 1", n)
	}
}

func upsertKeeps(e *env) {
	u := e.upserter(e.a)
	entry := e.add("one")[0]
	at := e.now(e.a)
	e.claimAll(e.a, e.lead(e.a, forever), []beat.Entry{entry}, at)
	before := e.cursor(e.b, entry.ID)
	e.upsert(u, task("one"), beat.UpsertKeep)
	e.equal("cursor kept", e.cursor(e.b, entry.ID), before)
	e.upsert(u, task("one"), beat.UpsertForce)
	c := e.cursor(e.b, entry.ID)
	if c.DecidedTo.Before(at) || c.DecidedTo.After(e.now(e.b)) || !c.Next.IsZero() || c.Spec != 0 {
		e.Errorf("cursor %+v, want one that begins now", c)
	}
	if !c.LastRun.Equal(at) || c.Fires != 1 {
		e.Errorf("cursor %+v, want its last run kept", c)
	}
}

func upsertLocked(e *env) {
	u := e.upserter(e.a)
	entries := e.add("one", "two")
	l := e.lead(e.a, forever)
	b := e.claimAll(e.a, l, entries[:1], e.now(e.a))
	changed := task("one")
	changed.Queue = "q"
	if _, err := u.Upsert(e.ctx, changed, beat.UpsertRefuseLocked); !errors.Is(err, beat.ErrLocked) {
		e.Errorf("while it is sent: %v, want ErrLocked", err)
	}
	if got := e.all(e.b, 10)[0].Queue; got != "" {
		e.Errorf("queue %q, want it unchanged", got)
	}
	e.upsert(u, task("two"), beat.UpsertRefuseLocked)
	e.noErr(e.a.Settle(e.ctx, l, []beat.Settlement{{Batch: b.ID}}))
	e.upsert(u, changed, beat.UpsertRefuseLocked)
	if got := e.all(e.b, 10)[0].Queue; got != "q" {
		e.Errorf("queue %q after it was sent", got)
	}
}

func activate(e *env) {
	u := e.upserter(e.a)
	entry := e.add("one")[0]
	for _, on := range []bool{true, false, false, true} {
		v := e.latest(e.b)
		e.noErr(u.SetActive(e.ctx, entry.ID, on))
		got, err := e.b.Lookup(e.ctx, entry.ID)
		e.noErr(err)
		if got.Active != on || !got.Enabled {
			e.Errorf("after %v: %+v", on, got)
		}
		if changed := !e.latest(e.b).Same(v); !changed && entry.Active != on {
			e.Errorf("the version did not move when active became %v", on)
		}
		entry.Active = on
	}
	if err := u.SetActive(e.ctx, "4711", true); !errors.Is(err, beat.ErrNotFound) {
		e.Errorf("SetActive of an unknown id = %v, want ErrNotFound", err)
	}
}

func inactiveAlone(e *env) {
	u := e.upserter(e.a)
	entry := e.add("one")[0]
	second := task("one")
	second.TaskID = entry.TaskID
	_, err := e.a.Add(e.ctx, second)
	e.noErr(err)
	e.noErr(u.SetActive(e.ctx, entry.ID, false))
	got := e.all(e.b, 10)
	if got[0].Running() || !got[1].Running() {
		e.Errorf("running: %v and %v, want the second one only", got[0].Running(), got[1].Running())
	}
}

// isStored checks what a store says of its entries.
func (e *env) isStored(s Store, want beat.Stored) {
	e.Helper()
	got, err := e.inventory(s).Stored(e.ctx)
	e.noErr(err)
	if got != want {
		e.Errorf("stored %v, want %v", got, want)
	}
}

func storedBySQL(e *env) {
	e.inventory(e.a)
	d := e.tables()
	other := e.open(e.T, "other")
	added := e.add("one", "two", "three", "four")
	if !strings.HasPrefix(e.a.Features().Name, "sqlite") { // which has one writer at a time
		ctx, cancel := withTimeout(e.ctx)
		defer cancel()
		first, second := d.begin(), d.begin()
		d.exec(first, "delete from periodic_task where id = "+added[0].TaskID)
		d.ctx = ctx
		d.exec(second, "delete from periodic_task where id = "+added[1].TaskID)
		e.noErr(second.Commit())
		e.noErr(first.Commit())
	}
	e.isStored(e.b, beat.StoredSome)
	e.isStored(other, beat.StoredNever)
	d.exec(nil, "update periodic_task set namespace = 'other'")
	e.isStored(e.b, beat.StoredEmpty)
	e.isStored(other, beat.StoredSome)
	d.exec(nil, "delete from task_schedule")
	e.isStored(other, beat.StoredEmpty) // tasks are left
	e.noErr(other.Purge(e.ctx))
	e.isStored(other, beat.StoredNever)
	e.isStored(e.b, beat.StoredEmpty)
	e.noErr(e.a.Purge(e.ctx))
	e.isStored(e.b, beat.StoredNever)
	e.add("five")
	d.exec(nil, "delete from periodic_task")
	e.isStored(e.b, beat.StoredEmpty)
}

func stored(e *env) {
	is := func(want beat.Stored) { e.Helper(); e.isStored(e.b, want) }
	is(beat.StoredNever)
	for range 2 {
		entry := e.add("one")[0]
		is(beat.StoredSome)
		e.noErr(e.a.SetEnabled(e.ctx, entry.TaskID, false))
		is(beat.StoredSome)
		e.noErr(e.a.Delete(e.ctx, entry.ID))
		is(beat.StoredEmpty)
		e.noErr(e.a.Purge(e.ctx))
		is(beat.StoredNever)
	}
}

// epoch is when cursors of tests start that only have a plan.
var epoch = time.Date(1970, 1, 1, 0, 0, 1, 0, time.UTC) //nolint:gochecknoglobals // a constant
