// Package relay stands between a store and its server in tests. It counts connections, hands on copies of what is said,
// and cuts a connection in place of an answer, whatever the protocol.
package relay
