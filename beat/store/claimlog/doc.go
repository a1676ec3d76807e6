// Package claimlog keeps leases, claims and cursors in databases whose only dependable atomic write is "insert unless it
// is there": MongoDB, DynamoDB and whatever speaks their protocols.
//
// A namespace has one log, a sequence of records that are inserted once and never changed. Whoever wants to take a lease
// or to claim runs inserts a record at the place after the last one it has read. Only one can; whoever is beaten has by
// definition not seen the newest state, reads on and decides anew. What is true is what the records say, in order, and a
// record counts only if its epoch and holder are those of the newest lease of its shard before it: that is the fence. One
// insert carries a thousand decisions, where conditional updates would be a thousand requests.
//
// From time to time a leader writes a checkpoint, the whole state up to a place, and removes the records up to there. Two
// rules keep that safe for beats that were stopped in between, and for requests that arrive long after they were given
// up: records are read first and the newest checkpoint afterwards, and what is not behind that checkpoint does not count;
// and an insert counts once the newest checkpoint, read after it, is before it. internal/model/log.pml shows that they
// suffice, and that neither can be left out.
//
// Runs that are over stay in the state until there are enough of them for a page of the history, which is a series of its
// own; the log notes up to where it is filed.
//
// What a run switches off is written to its entry after the claim; the log notes it until that is done, so that whoever
// leads next does it first.
package claimlog
