// Package broker holds what the broker drivers have in common: the broker URL as Celery users write it, and its errors.
// Each driver is a package below this one and implements the port Publisher of package beat:
//
//	amqp       RabbitMQ, over AMQP 0-9-1
//	redis      Redis and what speaks its protocol, in the key layout of Celery's transport library kombu
//	membroker  in memory, for tests and for embedding
//	gocelery   what a broker of the library gocelery can carry, for programs that have one already
//
// The first three pass the suite of package brokertest. What is sent is built by package message; a driver only carries it.
//
// # Delivery
//
// A message is Confirmed when the broker has taken responsibility for it: RabbitMQ after basic.ack without
// basic.return, Redis after the reply to the script that pushed it. Whatever is not confirmed may be published again
// under the same batch and task ids.
//
//	            memory of batches           duplicates after a crash     a former leader is shut out by
//	redis       a ring in the database      none                         an epoch that the script compares
//	amqp        a message that says what    fewer than 64; of queues     an exclusive queue that lives as long as
//	            of the last ones arrived    not known to take all,       the connection of the leader
//	                                        what was not confirmed
//	membroker   in the process              none                         an epoch
//	gocelery    none                        what was not settled         nothing
//
// Not guaranteed: that a broker keeps what it confirmed (Redis without persistence, a queue on a lost disk), and the
// order of messages across a change of leader.
package broker
