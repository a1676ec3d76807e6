// Package foreigntest makes databases that have the tables of other schedulers, and does with stores over them what their
// tests have in common.
package foreigntest
