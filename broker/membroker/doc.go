// Package membroker is a broker in memory: the fake of other packages' tests and a way to embed the scheduler without
// a server.
//
// A Broker holds queues, bindings, the fence and the memory of batches, as Redis does for the driver next door; any
// number of Publishers work on it and shut each other out as leaders do. It passes the suite of package brokertest.
//
// Tests inject faults: Fail decides on single messages, SetDown takes the broker away, LoseAnswers lets a publish
// take effect and loses its answer. Everything waits on channels and contexts only, so all of it works inside a bubble
// of testing/synctest.
package membroker
