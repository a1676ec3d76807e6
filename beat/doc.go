// Package beat decides when tasks are sent. It knows neither a database nor a broker; both are ports (ports.go) that
// a program joins in Config.
//
// # From a row to a message
//
// An [Entry] is a row as a store holds it. A [Compiler] checks it and makes a [Plan] of it; an entry that cannot be
// checked is quarantined: it is reported with field and value, and nothing else suffers. The loop keeps one job per
// entry in a heap by next run. What is due becomes a [Decision]: send the run, or give it up because of the entry's
// misfire policy. Decisions are claimed in batches, and only what the store took is published. The claim moves the
// entry's [Cursor] by compare-and-set and records the batch in one atomic step, so a run is claimed once in the life of
// a database, whoever leads. A batch is settled when the fate of each of its messages is known; what a leader leaves
// unsettled its successor finishes, under the same ids.
//
// # States of a beat
//
//	standing by --lease--> fencing --broker follows us--> recovering --older batches settled--> leading
//	leading --ctx ends--> draining: no new claims; publish, settle, give up fence and lease
//	any --lease lost, runs out, or broker follows another--> standing by, memory dropped
//
// A beat may spread the work over several shards; each has a seat (seat.go) that goes through these states by itself, with
// a lease, a publisher and batches of its own. Beats over the same rows muster in the store (crew.go): by that they share
// the shards out evenly, and one that does not reach the broker leaves to one that does.
//
// When the broker fences a leader that the store still follows, or may have lost what it confirmed, the leader does not
// stand by for others: it begins its next term under the same lease with a larger epoch (standby.go). Each term compares
// what was settled within the last minute with the memory of the broker and sends again what was lost (repair.go). A
// store that goes back to an earlier state of itself ends the term too.
//
// A lease does not fence by itself: a paused leader may wake after its lease went to another. Therefore every claim
// checks the epoch in the store, and every publish checks it at the broker. The local deadline (lead.go) only saves
// work.
//
// # Goroutines
//
// A beat has one that watches its health (watch.go), one for its crew (crew.go), and for each shard one that stands by or
// leads and one that waits for the lock (vigil.go). While leading a shard there are six more, all started and awaited in
// work.go and lead.go:
//
//	follower (sync.go)      reads entries and changes -> deltas
//	loop (loop.go)          owns the jobs; never waits for I/O -> claims
//	claim stage (claim.go)  talks to the store: claims, settles -> results, orders
//	publish stage           talks to the broker (publish.go) -> settled, aside, finished; one more for each batch set aside
//	renewal (lead.go)       keeps the lease
//	memory (lead.go)        notices that the broker lapsed
//
// A beat that was given a Heartbeat has one more, whether it leads or not: it tells monitors that it is there (heart.go).
//
// Runs are claimed up to half a second before their instant (ahead.go) and held by the publish stage until it comes
// (release.go). At most twelve batches are in hand at a time, and no more are claimed while the instant of four has come.
// When store or broker hang, the places run out and due work stays in the heap, where misfire policies apply to it later;
// the loop itself goes on. A batch of which only messages are left that a reachable broker rejected is set aside, at most
// sixteen, and holds up nothing while they are tried again.
//
// # What is not guaranteed
//
// Nobody can tell whether a message was sent when the connection broke in between, unless the broker remembers the
// batch; see [Publisher]. Order is kept within one schedule and one leader only, and a run that the broker first rejected
// may come after a later one.
package beat
