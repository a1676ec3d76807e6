// Package proxy stands between a program and a server and does harm at an event of their protocol: behind the n-th
// message that is published, before the n-th acknowledgement, when a claim is committed and its answer is still on the
// way. It reads AMQP 0-9-1, PostgreSQL's protocol 3 and RESP, as far as it must to see these events, and only without
// TLS.
//
// Each connection has two goroutines, one for each direction; each passes on whole units (frames, messages), so that a
// harm comes exactly between two of them. Close ends all and waits.
package proxy
