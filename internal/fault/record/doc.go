// Package record drains the queues of a broker into a file, as the independent witness of a fault test. What it has
// taken is on the disk before it is taken from the broker, so whatever ends, a message is either still there or written
// down; one that was given out twice is told apart by its tag (Redis) or by the broker's mark (RabbitMQ).
package record
