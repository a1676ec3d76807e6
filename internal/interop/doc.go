// Package interop holds the tests that join everything: the real program, rows written by plain SQL into a real
// database, real brokers, unmodified Celery workers of the newest release and of an older one, a worker in Go, Flower and
// celery events. It has no code of its own.
package interop
