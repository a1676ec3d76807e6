// Package foreign is a store over the tables of another scheduler, as they are: that scheduler's own programs, ORMs and
// plain SQL go on editing them, and it can take over at any time. A Layout says which tables; the packages of the
// schedulers have theirs.
//
// # What is read and written
//
// Every schema that the tables have had is read; columns that a database does not have count as empty. The program's own
// state (leases, cursors, batches, history) stands in tables beside them; the embedded gormstore.Store keeps it. In the
// scheduler's tables a claim writes last_run_at, total_run_count and enabled of the rows that it runs and nothing else, in
// the statement that claims them. last_run_at is the planned instant, so that intervals keep their grid whoever sends. A
// row that somebody has locked is run when he lets it go. Only the Catalog, which commands use, edits more.
//
// # Somebody else's runs
//
// A cursor knows which last_run_at we wrote. Any other value was written by somebody else (Entry.RanAt): a later one
// counts as a run, and is warned of while we lead, since two schedulers must not run side by side; an earlier one, or
// none, repeats nothing. A row without a cursor goes on from its last_run_at, or, when it never ran, from date_changed.
//
// # Changes
//
// The marker row tells of what the scheduler's own models save. What it does not tell of (bulk updates, SQL, loaded
// fixtures) is found by reading: each poll compares a slice of the table with what was seen before, the whole of it when
// it has no more than a few thousand rows, and the whole table at once after the marker moved. See watch.
package foreign
