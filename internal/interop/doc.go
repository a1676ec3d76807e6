// Package interop holds the tests that join everything: the real program, rows written by plain SQL into a real
// database, real brokers, and unmodified Celery workers of the newest release and of an older one. It has no code of
// its own.
package interop
