// Package amqp publishes to RabbitMQ with the bytes that Celery sends, and with publisher confirms, which Celery leaves
// off by default.
//
// # Connection
//
// There is one connection with one channel for publishing and one for declarations. It is made on first use and, after
// a loss, on the next use; nothing dials in the background. Each attempt looks names up anew, and goes on to the next
// URL of a list. Everything that the client library may hang in has a limit: dialling, one write, one answer, one
// confirm. A connection that exceeds it is closed. Only a connection that the broker blocks (memory or disk alarm) is
// kept: publishing then fails at once with ErrUnavailable until the broker takes messages again.
//
// Declarations and sending are done by one goroutine at a time, which holds the lane; waiting for confirms is not part
// of it, so that batches overlap. Goroutines: one for each open channel that collects returned messages, one for each
// connection that watches it, one for each use of the lane. Close ends all of them and waits.
//
// # Fence
//
// A leader holds the exclusive queue beat.guard.DEPLOYMENT.SHARD on the publishing connection. It exists as long as the
// connection does, so nobody else can lead before the broker has dropped the last leader's connection, and the last
// leader cannot publish on a new one without the guard. An epoch is not known to the broker.
//
// # Outcomes
//
// A message is Confirmed by basic.ack without basic.return before it. What the broker closes the channel for (missing
// exchange, no permission) is Refused, alone: exchanges that this process does not declare are looked up before they
// are used, and when a channel is closed all the same, the messages in doubt are sent again one by one on a channel of
// their own. Confirmed messages of the last batches are remembered, so that publishing a batch again in the same
// process sends only what is missing. After a crash the successor sends the unconfirmed rest again, with the same ids.
package amqp
