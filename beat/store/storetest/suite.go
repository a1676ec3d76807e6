package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
)

// Store is what the suite tests.
type Store interface {
	beat.Store
	beat.Catalog
	beat.Lister
}

// Open opens a further handle, prepared, on the database that it was made for; t closes it at its end.
type Open func(t *testing.T, namespace string) Store

// slow names the tests that cut a connection at each answer, fill large tables, or start servers.
func slow() []string {
	return []string{"D6", "L20", "O8", "O9", "O10 a server that is replaced", "O11"}
}

// Run runs the suite. fresh makes an empty database for one test. without names the tests, as far as needed to tell them
// apart, of what the tables of another scheduler cannot hold, or that take too long with a driver.
func Run(t *testing.T, fresh func(t *testing.T) Open, without ...string) {
	t.Helper()
	groups := []struct {
		name  string
		cases []testCase
	}{
		{"entries", entryCases},
		{"upserts", upsertCases},
		{"agenda", agendaCases},
		{"changes", changeCases},
		{"leases", leaseCases},
		{"locks", lockCases},
		{"crew", crewCases},
		{"claims", claimCases},
		{"executions", executionCases},
		{"opening", openingCases},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			for _, c := range g.cases {
				t.Run(c.name, func(t *testing.T) {
					if slices.ContainsFunc(without, func(name string) bool { return strings.HasPrefix(c.name, name) }) {
						t.Skip("left out by the tests of the store, which say why")
					}
					if testing.Short() && slices.ContainsFunc(slow(), func(name string) bool { return strings.HasPrefix(c.name, name) }) {
						t.Skip("takes long, left out in the short form")
					}
					t.Parallel()
					c.run(newEnv(t, fresh(t)))
				})
			}
		})
	}
}

type testCase struct {
	name string
	run  func(e *env)
}

// env is what one test works with: two handles on one namespace of a fresh database.
type env struct {
	*testing.T

	ctx  context.Context
	open Open
	a, b Store
}

func newEnv(t *testing.T, open Open) *env {
	t.Helper()
	return &env{T: t, ctx: t.Context(), open: open, a: open(t, ""), b: open(t, "")}
}

// noErr ends the test when err is set.
func (e *env) noErr(err error) {
	e.Helper()
	if err != nil {
		e.Fatalf("error: %v", err)
	}
}

// equal compares times by instant and takes nil for empty.
func (e *env) equal(what string, got, want any) {
	e.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		e.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// task is an entry with little in it.
func task(name string) beat.Entry {
	return beat.Entry{
		Name: name, Task: "proj.tasks.add", Enabled: true, Active: true,
		Spec: schedule.Spec{Kind: schedule.KindInterval, Every: 10, Period: "seconds"},
	}
}

// add stores entries with the given names.
func (e *env) add(names ...string) []beat.Entry {
	e.Helper()
	var added []beat.Entry
	for _, n := range names {
		entry, err := e.a.Add(e.ctx, task(n))
		e.noErr(err)
		added = append(added, entry)
	}
	return added
}

// addMany stores n entries named by number.
func (e *env) addMany(n int) []beat.Entry {
	e.Helper()
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("task %04d", i)
	}
	return e.add(names...)
}

// all loads everything, in pages.
func (e *env) all(s Store, page int) []beat.Entry {
	e.Helper()
	var all []beat.Entry
	var token beat.PageToken
	for {
		entries, next, err := s.Load(e.ctx, token, page)
		e.noErr(err)
		all = append(all, entries...)
		if next == "" {
			return all
		}
		token = next
	}
}

// lead takes the lease of shard 0 from whoever has it, which must have expired.
func (e *env) lead(s Store, ttl time.Duration) beat.Lease {
	e.Helper()
	l, err := s.Acquire(e.ctx, 0, holder("leader"), ttl, 0)
	e.noErr(err)
	return l
}

// now is the store's clock, or that of the process if it has none.
func (e *env) now(s Store) time.Time {
	e.Helper()
	if !s.Features().Clock {
		return time.Now().UTC().Truncate(time.Microsecond)
	}
	at, err := s.Now(e.ctx)
	e.noErr(err)
	return at
}

// cursor reads one cursor; the zero one when there is none.
func (e *env) cursor(s Store, id beat.EntryID) beat.Cursor {
	e.Helper()
	found, err := s.Get(e.ctx, []beat.EntryID{id})
	e.noErr(err)
	return found[id]
}

func holder(name string) beat.Holder {
	return beat.Holder{ID: uuid.New(), Name: name}
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

func names(entries []beat.Entry) []string {
	var list []string
	for _, e := range entries {
		list = append(list, e.Name)
	}
	return list
}

func ids(entries []beat.Entry) []beat.EntryID {
	var list []beat.EntryID
	for _, e := range entries {
		list = append(list, e.ID)
	}
	return list
}
