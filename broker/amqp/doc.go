// Package amqp publishes to RabbitMQ with the bytes that Celery sends, and with publisher confirms, which Celery leaves
// off by default.
//
// # Connection
//
// There is one connection with one channel for publishing, one for declarations and one for the guard. It is made on
// first use and, after a loss, on the next use; nothing dials in the background. Each attempt looks names up anew, reads
// the files of certificates anew, and goes on to the next URL of a list. Everything that the client library may hang in
// has a limit: dialling, one write, one answer, one confirm. A connection that exceeds it is closed. Only a connection
// that the broker blocks (memory or disk alarm) is kept: publishing then fails at once with ErrUnavailable until the
// broker takes messages again; both are logged.
//
// Declarations and sending are done by one goroutine at a time, which holds the lane; waiting for confirms is not part
// of it, so that batches overlap. Messages are written to the network many at a time, and before anybody waits. Goroutines: one for each open channel that collects returned messages, one for each
// connection that watches it and one that watches the guard, one for each use of the lane. Close ends all of them and
// waits.
//
// # Fence
//
// A leader holds the exclusive queue beat.guard.DEPLOYMENT.SHARD on the publishing connection. It exists as long as the
// connection does, so nobody else can lead before the broker has dropped the last leader's connection, and the last
// leader cannot publish on a new one without the guard. It also consumes from that queue: when somebody deletes it, the
// broker says so, and the connection is ended. The guard knows no epoch, but markers do: a former leader that finds the
// guard free, because its successor has lost its connection too, reads that it is fenced, and gives the guard up again.
// Before the successor has sent anything there is no such marker; what the former leader sends of its batch until then
// the successor finds in the memory.
//
// # Memory
//
// After every 63 messages and after each batch a leader writes a marker on the same channel: a transient message into
// the queue beat.marker.DEPLOYMENT.SHARD, which keeps the last one only. It says of the last 16 batches how far they
// have come and what came back. As the broker works through a channel in order, a marker that is there proves what it
// says. Whoever takes the guard reads it: a successor, and a leader that has lost its own connection. Lookup and Publish
// then know what need not be sent again. So a leader that dies between two messages makes its successor send fewer than
// 64 again, under the same ids, and one that dies after a batch none.
//
// A marker speaks only of messages to a classic queue that this connection has declared and that takes everything. Others
// (a quorum queue, an exchange with foreign bindings, a queue that exists with other arguments, x-overflow
// reject-publish) are in it once they are confirmed; after a crash up to a window of them is sent again. A marker is lost
// with the broker's memory, as unconfirmed messages may be. Not seen from here, and so not guaranteed: a policy that
// makes a queue reject messages, and queues that a cluster keeps on other nodes. The memory is worth nothing to those who
// may write to the queue of markers: they can make beat take a batch for sent whose id they know.
//
// # Outcomes
//
// A message is Confirmed by basic.ack without basic.return before it. What the broker closes the channel for (missing
// exchange, no permission) is Refused, alone: exchanges that this process does not declare are looked up before they
// are used, and when a channel is closed all the same, the messages in doubt are sent again one by one on a channel of
// their own. What cost a connection, or a channel for want of permission, is not tried again for a minute. A message that
// comes back although its queue was declared is sent once more after another declaration, for somebody must have
// deleted the queue. Confirmed messages of the last batches are remembered, so that publishing a batch again sends only
// what is missing.
//
// The event of a message follows it on the same channel, transient and not mandatory. Nothing that happens to it changes
// an outcome: when its exchange cannot be used, events are left out for a minute and that is reported. Events that belong
// to no message (Announce) have a channel of their own, opened for the first of them.
package amqp
