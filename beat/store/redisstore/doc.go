// Package redisstore keeps entries, cursors, leases and batches in Redis.
//
// All keys of a namespace begin with "{gobeat:NAMESPACE}:", so that they lie in one slot. Every method that writes is one
// Lua script, which Redis runs alone: a claim checks the lease, compares and moves each cursor, records the batch and
// settles finished ones, or does nothing of that. The clock is Redis's own (TIME).
//
// Tasks and schedules are JSON texts in hashes; whether they are switched on and when they were modified stands apart, so
// that a claim can switch them off without reading JSON. Changes are a sorted set with one place for each schedule, whose
// score is the number of its newest change; deletions are remembered up to a limit, beyond which Since answers ErrTooOld.
//
// What Redis keeps is what its persistence keeps: without appendonly everything since the last snapshot is lost with the
// process, and with appendfsync everysec up to a second. A lease whose renewals are forgotten is noticed (Renew), so that a
// leader stops rather than works on; runs whose cursors were lost are then run again. A server that evicts keys is
// refused.
package redisstore
