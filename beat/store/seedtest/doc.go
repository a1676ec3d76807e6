// Package seedtest shows that a store has what the stores of five other schedulers are used for: Quart-Tasks, Celery
// Store, Asyncz, Quantum and Pyncette. Each test is named after the system whose users know the behaviour, and runs the
// scheduler over the store where that is what they see. It needs no waiting: runs that are due lie in the past, and
// those that are not lie an hour ahead.
//
// Recovery is the part of the contract for which the scheduler has to run too: missed runs, restarts, a store that is away.
package seedtest
