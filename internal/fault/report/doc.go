// Package report keeps the figures of fault tests: lines of JSON for programs, a table for people, and the tables of the
// documentation.
package report
