// Package enginetest holds the conformance suite of engines for the claim log, and an engine in memory.
package enginetest
