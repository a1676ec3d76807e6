// Package redbeat keeps running what RedBeat (celery-redbeat) has in Redis, beside its Python API: entries are its hashes and
// its sorted set, read and written as redbeat/schedulers.py does. After each run the entry's meta and score are as RedBeat
// would have left them, in the same script that claims the run, so that a RedBeat can take over at any time. While a beat
// leads it holds RedBeat's lock, and while a RedBeat holds it no beat leads.
//
// State of our own (leases, cursors, batches, history) lies beside, in keys of redisstore, on which this package builds. Redis
// tells nobody what changed, so each poll reads a digest of every entry.
package redbeat
