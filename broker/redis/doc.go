// Package redis publishes to Redis and what speaks its protocol (Valkey, miniredis) in the key layout of kombu, so that
// Celery workers and tools find what Celery would have put there.
//
// # Layout
//
// A message for the default exchange is pushed to the list named after the queue, or queue SEP step for a priority
// above the first step. A named exchange is looked up in the set _kombu.binding.EXCHANGE, whose members are
// "routing key SEP pattern SEP queue"; a fanout exchange is a PUBLISH. Before the first message for a queue its
// own binding is added to the set, as Celery does, and again when the server may have lost it.
//
// # Fence and memory
//
// Messages are pushed in chunks of 250 by one script each, which the server carries out whole or not at all. It
// compares epoch and nonce with what the last TakeOver stored (equality, so that a stale leader is refused even when
// the state was lost), answers a chunk that it remembers without pushing anything, leaves out messages whose queue key
// holds something other than a list, and remembers the chunk. Publishing a batch again is therefore harmless at any
// time, and Lookup can tell what a former leader got through.
//
// The state lives under keys that begin with _beat. (behind the key prefix); queues of such names are refused:
//
//	_beat.DEPLOYMENT.SHARD.state    hash: epoch, nonce
//	_beat.DEPLOYMENT.SHARD.batches  hash: batch:chunk -> what did not go through
//	_beat.DEPLOYMENT.SHARD.ring     list: batch:chunk, the newest first, bounded
//	_beat.manual.…                  the same without state, for publishers that lead nothing
//
// # Where connections lead
//
// Each new connection asks a sentinel for the master, when the URLs are those of sentinels, and wants it to be one. It asks
// the server what it is: the first node of a cluster that is met makes the publisher use the client for clusters from then
// on, for which all keys must share a slot by a tag in the key prefix. A server that was started anew, that follows another
// history of data, or that continues the history of a server known before (a promoted replica) is a lapse: Lapses tells so,
// bindings are declared again, and Lookup shows what is missing. That the state is gone is a lapse too; Publish then
// returns *message.FencedError with epoch 0.
//
// # Not guaranteed
//
// What Redis loses after it answered (no persistence, a replica that lagged) is gone; Lookup answers Unknown then. A former
// master that was not told yet takes messages from those connected to it, and loses them when it is. A fanout message
// reaches who listens at that moment.
package redis
