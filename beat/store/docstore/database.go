package docstore

import (
	"context"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/claimlog"
)

// A Document is a task with its schedules.
type Document struct {
	ID      string // of the task; ascending in the order in which tasks were added
	Name    string // of the task, unique
	Version int64  // moves with every write
	Body    []byte // a JSON object
}

// Documents is what a store needs of a database beside its claim log: the documents of one namespace. Methods are safe
// for concurrent use. Reads see all writes that were finished before they began. Errors wrap that of the database;
// beat.ErrUnavailable is worth another attempt.
type Documents interface {
	// Get returns those of the documents that are there, in any order.
	Get(ctx context.Context, ids []string) ([]Document, error)
	// Page returns up to limit documents with an ID of from or behind it, ascending.
	Page(ctx context.Context, from string, limit int) ([]Document, error)
	// Named returns the document with a name, if there is one.
	Named(ctx context.Context, name string) ([]Document, error)
	// Create adds a document. It returns beat.ErrExists when its name is taken.
	Create(ctx context.Context, d Document) error
	// Replace writes d in the place of old. It returns beat.ErrConflict when the stored version is not that of old, and
	// beat.ErrExists when another document has the name.
	Replace(ctx context.Context, old, d Document) error
	// Delete removes a document. It returns beat.ErrConflict when the stored version is not that of d.
	Delete(ctx context.Context, d Document) error
}

// Database is one namespace of a database.
type Database interface {
	claimlog.Engine
	Documents

	// Prepare creates what is missing, or says what is by beat.ErrMigrate.
	Prepare(ctx context.Context, mode beat.PrepareMode) error
	// Check returns *beat.EntryError for a document that could not be stored, whatever is there.
	Check(d Document) error
	// Name is for people, such as "mongodb 8.0.4".
	Name() string
	// SweepEvery is how often the documents are looked through for what other programs wrote; 0: never.
	SweepEvery() time.Duration
	// HasClock tells whether Now works.
	HasClock() bool
	// Close ends the connections. It is called once.
	Close() error
}
