// Package reconcile brings tasks of a store in line with a list, such as beat_schedule of a Celery app.
//
// Each task has an owner. Those of the list belong to the list: they are created, changed to what the list says, and
// switched off when they have gone from it; nothing is ever deleted, so that their history stays. Tasks of other
// owners, people among them, are never touched; a name in the list that one of them has is reported.
// The exception are tables that another scheduler has filled from the same list without noting an owner: see List.Adopt.
//
// What the list says of a task counts, whoever changed it meanwhile, with one exception: whether a task is switched on
// is up to people, unless the list says so. A task that had gone from the list and comes back is switched on again.
//
// Plan decides and writes nothing; Apply carries a plan out, task by task. When somebody else changes a task in
// between, it returns an error that wraps beat.ErrConflict or beat.ErrExists, and the caller plans anew.
package reconcile
