// Package django is a store over the tables of django-celery-beat: package foreign with their layout. Every schema since
// django-celery-beat 1.0 is read. Its admin pages, its ORM and plain SQL go on editing the tables, and its own scheduler
// can take over at any time. The names of the state tables begin with DefaultPrefix.
package django
