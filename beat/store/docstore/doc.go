// Package docstore is what stores over documents have in common: databases that read and write one document at a time,
// such as MongoDB and DynamoDB. A package of its own makes a Database of each.
//
// A task is one document with its schedules in it, so that every edit is one conditional write. Leases, claims, cursors
// and the crew are a claim log beside the documents, see package claimlog.
//
// Which documents were changed stands in a journal, a series of the same kind as the claim log: an edit notes its
// beginning, writes the document, and notes its end. Whoever reads of the beginning alone asks again for that document
// until the end is there, or until the edit can only have died.
package docstore
