package storetest

import (
	"slices"
	"time"

	"github.com/gobeat/gobeat/beat"
)

var agendaCases = []testCase{ //nolint:gochecknoglobals // a table of tests
	{"D1 what is due and what is not", dueOrNot},
	{"D2 in the order of the instants, microseconds count", dueInOrder},
	{"D3 ties by id, also after one of them moved", dueTies},
	{"D4 a limit, repeated until a page is short", dueLimit},
	{"D5 the earliest next run", nextRun},
	{"D6 what is due costs the same among many entries", dueCost},
	{"D7 far years and a leap day", farYears},
}

// plan starts the cursors of entries with the given next runs; a zero one means none.
func (e *env) plan(l beat.Lease, entries []beat.Entry, next ...time.Time) {
	e.Helper()
	d := first(entries, epoch)
	for i := range d {
		d[i].Next = next[i]
	}
	e.equal("planned", e.claim(e.a, l, d), ids(entries))
}

// replan moves the next run of an entry that plan has started.
func (e *env) replan(l beat.Lease, entry beat.Entry, next time.Time) {
	e.Helper()
	d := []beat.Decision{{ID: entry.ID, Prev: epoch, To: epoch, Next: next, Spec: 2}}
	e.equal("planned again", e.claim(e.a, l, d), []beat.EntryID{entry.ID})
}

func (e *env) due(a beat.Agenda, now time.Time, limit int) []string {
	e.Helper()
	due, err := a.Due(e.ctx, now, limit)
	e.noErr(err)
	return names(due)
}

func dueOrNot(e *env) {
	agenda := e.agenda(e.b)
	entries := e.add("exactly", "later", "paused", "ended", "disabled", "unplanned")
	now := e.now(e.a)
	e.plan(e.lead(e.a, forever), entries[:5], now, now.Add(time.Microsecond), now, time.Time{}, now)
	paused, disabled := entries[2], entries[4]
	paused.Active, disabled.Enabled = false, false
	for _, entry := range []beat.Entry{paused, disabled} {
		_, err := e.a.Update(e.ctx, entry)
		e.noErr(err)
	}
	e.equal("due", e.due(agenda, now, 10), []string{"exactly"})
	e.equal("due a moment later", e.due(agenda, now.Add(time.Microsecond), 10), []string{"exactly", "later"})
	e.equal("due a moment before", e.due(agenda, now.Add(-time.Microsecond), 10), []string(nil))
}

func dueInOrder(e *env) {
	agenda := e.agenda(e.b)
	entries := e.add("402", "400", "401")
	now := e.now(e.a).Truncate(time.Second)
	at := func(µs int) time.Time { return now.Add(time.Duration(µs) * time.Microsecond) }
	e.plan(e.lead(e.a, forever), entries, at(402), at(400), at(401))
	e.equal("due", e.due(agenda, now.Add(time.Second), 10), []string{"400", "401", "402"})
	e.equal("due in between", e.due(agenda, at(401), 10), []string{"400", "401"})
}

func dueTies(e *env) {
	agenda := e.agenda(e.b)
	l := e.lead(e.a, forever)
	now := e.now(e.a)
	for moved, n := range []string{"first", "middle", "last"} {
		for _, to := range []time.Time{now.Add(-time.Second), {}} {
			e.noErr(e.a.Purge(e.ctx))
			entries := e.add("c", "b", "a")
			e.plan(l, entries, now, now, now)
			want := names(entries)
			e.equal("due", e.due(agenda, now, 10), want)
			e.replan(l, entries[moved], to)
			want = slices.Delete(want, moved, moved+1)
			if !to.IsZero() {
				want = slices.Insert(want, 0, entries[moved].Name)
			}
			e.equal("due after the "+n+" one moved", e.due(agenda, now, 10), want)
		}
	}
}

func dueLimit(e *env) {
	agenda := e.agenda(e.b)
	entries := e.addMany(5)
	l := e.lead(e.a, forever)
	now := e.now(e.a)
	e.plan(l, entries, now, now, now, now, now)
	for _, limit := range []int{0, -1} {
		if due, err := agenda.Due(e.ctx, now, limit); err == nil {
			e.Errorf("limit %d: %v, want an error", limit, due)
		}
	}
	e.equal("one", e.due(agenda, now, 1), []string{"task 0000"})
	var pages []int
	for {
		page, err := agenda.Due(e.ctx, now, 2)
		e.noErr(err)
		pages = append(pages, len(page))
		for _, entry := range page {
			e.replan(l, entry, now.Add(time.Hour))
		}
		if len(page) < 2 {
			break
		}
	}
	e.equal("pages", pages, []int{2, 2, 1})
}

func nextRun(e *env) {
	agenda := e.agenda(e.b)
	if next, some, err := agenda.NextRun(e.ctx); err != nil || some || !next.IsZero() {
		e.Errorf("of nothing: %v, %v, %v", next, some, err)
	}
	entries := e.add("paused", "soon", "late", "never")
	now := e.now(e.a)
	soon := now.Add(time.Minute)
	e.plan(e.lead(e.a, forever), entries, now, soon, now.Add(time.Hour), time.Time{})
	e.noErr(e.a.SetEnabled(e.ctx, entries[0].TaskID, false))
	if next, some, err := agenda.NextRun(e.ctx); err != nil || !some || !next.Equal(soon) || next.Location() != time.UTC {
		e.Errorf("next run %v, %v, %v, want %v", next, some, err, soon)
	}
}

func farYears(e *env) {
	agenda := e.agenda(e.b)
	entries := e.add("9999", "leap day", "1970", "2038")
	at := []time.Time{
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC), time.Date(2096, 2, 29, 0, 0, 0, 0, time.UTC),
		time.Date(1970, 1, 2, 0, 0, 0, 1000, time.UTC), time.Date(2038, 1, 19, 3, 14, 8, 0, time.UTC),
	}
	e.plan(e.lead(e.a, forever), entries, at...)
	e.equal("due", e.due(agenda, at[0], 10), []string{"1970", "2038", "leap day", "9999"})
	if next, _, err := agenda.NextRun(e.ctx); err != nil || !next.Equal(at[2]) {
		e.Errorf("next run %v, %v, want %v", next, err, at[2])
	}
	if c := e.cursor(e.b, entries[0].ID); !c.Next.Equal(at[0]) {
		e.Errorf("next %v, want %v", c.Next, at[0])
	}
}
