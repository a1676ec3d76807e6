// Package django is a store over the tables of django-celery-beat, as they are: its admin pages, its ORM and plain SQL
// go on editing them, and its own scheduler can take over at any time.
//
// # What is read and written
//
// Every schema since django-celery-beat 1.1 is read; columns that a database does not have count as empty. The program's
// own state (leases, cursors, batches, history) stands in tables beside them, whose names begin with DefaultPrefix; the
// embedded gormstore.Store keeps it. In Django's tables a claim writes last_run_at, total_run_count and enabled of the
// rows that it runs and nothing else, in the statement that claims them. last_run_at is the planned instant, so that
// intervals keep their grid whoever sends. A row that somebody has locked is run when he lets it go. Only the Catalog,
// which commands use, edits more.
//
// # Somebody else's runs
//
// A cursor knows which last_run_at we wrote. Any other value was written by somebody else (Entry.RanAt): a later one
// counts as a run, and is warned of while we lead, since two schedulers must not run side by side; an earlier one, or
// none, repeats nothing. A row without a cursor goes on from its last_run_at, or, when it never ran, from date_changed.
//
// # Changes
//
// The marker row of django-celery-beat tells of what its ORM saves. What it does not tell of (bulk updates, SQL, loaded
// fixtures) is found by reading: each poll compares a slice of the table with what was seen before, the whole of it when
// it has no more than a few thousand rows, and the whole table at once after the marker moved. See watch.
package django
