// Package memstore keeps entries, cursors and leases in memory. It is the store of `beat demo --memory`, and the fake
// of every test that needs a store: it passes the same conformance suite as the SQL stores, so it cannot drift from
// them.
//
// All handles made from one store (Handle) see the same data, as several processes would see one database. The data
// is guarded by one mutex; every method takes it once, so each method is atomic. Nothing survives the process.
//
// Time comes from time.Now, truncated to microseconds, so that a store works inside a testing/synctest bubble. The
// only goroutine is the one context.AfterFunc starts when the context of Hints ends.
package memstore
