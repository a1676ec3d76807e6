package storetest

import (
	"context"
	"database/sql"
	"testing"

	"github.com/gobeat/gobeat/beat"
)

// Rigged is a Store that can also do what programs, networks and servers do to it. Without it, tests of that are skipped.
type Rigged interface {
	Store
	Rig() Rig
}

// Rig acts on the database of one handle. Any part may be nil.
type Rig struct {
	// Tables opens the database as other programs do, when it has the tables of migrations, with a prefix before them.
	Tables func(t *testing.T) (db *sql.DB, prefix string)
	// Fill adds n entries that run every second, in a way that is faster than Add.
	Fill func(t *testing.T, n int)
	// Through opens a prepared handle all of whose connections go through a wire.
	Through func(t *testing.T) (Store, Wire)
	// Counted opens a prepared handle and tells what was said to the server while f ran: "statements" and "round trips",
	// and "rows" when those can be seen.
	Counted func(t *testing.T) (s Store, during func(f func()) map[string]int)
	// Bare opens a handle, not prepared, on a database that has nothing yet, and the command that error messages name.
	Bare func(t *testing.T) (s Store, command string)
	// Invalid are attempts to open a handle with names that cannot be used, by what the error must say, all through a wire
	// if it is not nil.
	Invalid func(t *testing.T) (attempts map[string]func() error, through Wire)
	// Wrong are attempts to use a server that cannot be used, with Secret for a password, by what the error must name.
	Wrong func(t *testing.T) map[string]func() (Store, error)
	// Forgetful opens a prepared handle on a server that can be made to forget everything but the data.
	Forgetful func(t *testing.T) (s Store, forget func())
	// Restarted opens a prepared handle on a server of its own, and returns what kills that one and starts it again.
	Restarted func(t *testing.T) (s Store, restart func())
	// FailedOver opens a prepared handle on a server of its own, and returns what kills that one and puts its replica, which
	// has all that was written, in its place.
	FailedOver func(t *testing.T) (s Store, failOver func())
	// Reformat makes the stored record of an entry say that it has another format; 0: it says nothing, as the first ones.
	Reformat func(t *testing.T, id beat.EntryID, format int)
}

// Secret is what error messages must not show.
const Secret = "hunter2"

// Wire is what a handle talks to its server through.
type Wire interface {
	// CutAt cuts a connection instead of passing on the nth answer from now on; 0 cuts none.
	CutAt(nth int)
	// WasCut tells whether that happened.
	WasCut() bool
	// Opened is how many connections there ever were.
	Opened() int
	// Wait waits until there is none.
	Wait(ctx context.Context) error
	// Away cuts all connections and, as long as the server is away, each new one at once.
	Away(away bool)
}

// rig returns what the test of the store supplies.
func (e *env) rig() Rig {
	if r, ok := e.a.(Rigged); ok {
		return r.Rig()
	}
	return Rig{}
}

// fill adds n entries and returns them.
func (e *env) fill(n int) []beat.Entry {
	e.Helper()
	fill := e.rig().Fill
	if fill == nil {
		return e.addMany(min(n, 2000))
	}
	fill(e.T, n)
	return e.all(e.a, 2000)
}
