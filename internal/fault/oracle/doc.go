// Package oracle says when runs are due, by another implementation in another language: the schedule classes of the
// real Celery.
package oracle
