// Package storetest is the conformance suite that every beat.Store passes. A store calls Run with a function that
// makes a fresh database and returns how to open handles on it; the suite opens several, so that they compete.
//
// The names of the sub-tests are stable: S entries, C changes, E executions, L leases and claims, O opening. What a
// store cannot do is read from its Features, never from its name. Nothing here waits: a lease that must have expired
// is taken for a nanosecond, less than a store can tell.
package storetest
