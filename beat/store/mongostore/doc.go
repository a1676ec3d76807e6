// Package mongostore keeps entries, claims and cursors in MongoDB, or in what speaks its protocol.
//
// A database holds two collections: tasks, a document for each task with its schedules, and records, which are the claim
// log and the journal of package docstore. Ids begin with the namespace, and the id of a record ends with its place, so
// that what must be unique for claims to be safe is so by the index on _id, which every collection has. Only that names
// of tasks are taken once depends on an index of our own.
//
// Nothing needs transactions, so that a standalone server will do. Writes wait until a majority of a replica set has
// them in its journal, and reads see nothing that could be rolled back, whatever the URL says about that.
package mongostore
