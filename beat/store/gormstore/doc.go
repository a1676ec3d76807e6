// Package gormstore keeps entries, cursors and leases in PostgreSQL, MySQL or MariaDB, and SQLite. GORM carries the
// models, reads and edits; leases, claims and the log of changes are SQL of each dialect, because no ORM emits it.
//
// # Claims
//
// A claim moves cursors by compare-and-set, records the runs as a batch, writes missed runs, switches off what ends
// and settles earlier batches, all or nothing, under the lock of the lease row. No lock ever waits for the client:
//
//   - PostgreSQL: one autocommitted statement, on connections where the planner must use the primary keys;
//   - MySQL, MariaDB: one transaction whose statements are sent at once (read committed);
//   - SQLite: one transaction that begins as the writer, in this process.
//
// A batch that is claimed again changes nothing and gives the same answer: the cursors that it moved carry its id, and
// so does the batch. When an answer is lost, Claim therefore simply claims again, and returns ErrUnknownOutcome only
// when that is not possible either. What a claim will not do: move a cursor back, run twice at one instant, run what
// is deleted or switched off at that moment, wait for an editor (a last run whose rows somebody else has locked is not
// taken; the others are).
//
// # Changes
//
// Triggers log every insert, update and delete, by anybody, in beat_change. Numbers are given out before the commit,
// so that reading on from the largest number would miss transactions that commit late:
//
//   - PostgreSQL: each line has its transaction id, and a Version holds a snapshot. New is what the snapshot does not
//     see, however long the transaction was open.
//   - MySQL, MariaDB: a Version holds the gaps below the largest number. They are looked into until no transaction
//     can fill them: triggers lock a row in share mode before they take a number, so once a reader gets that row
//     exclusively, without waiting, every number given out before is visible or was rolled back.
//   - SQLite: one writer at a time, so the order of numbers is the order of commits.
//
// Not noticed: TRUNCATE on MySQL; a restore or failover that loses commits, if it goes unnoticed for longer than it
// takes to make as many transactions again. The log keeps 20,000 lines; older versions get ErrTooOld. A Version is
// good for the handle that made it.
//
// # Goroutines
//
// Hints starts one goroutine, on PostgreSQL, that listens on a connection of its own and connects again when that
// breaks; it ends with its context or with Close, which waits for it. Everything else happens in the caller's
// goroutine; a leader's Renew also removes old rows now and then.
package gormstore
