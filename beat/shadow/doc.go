// Package shadow watches another scheduler at work and compares each of its runs with what gobeat would have done. It
// reads entries and writes nothing, so it can stand beside the other for as long as somebody needs to trust the swap.
//
// What the other did is known from the last run that it writes into its rows (beat.Entry.RanAt). A scheduler that writes
// only now and then, as django-celery-beat does (beat_sync_every, or each three minutes), shows the latest of several
// runs; those before are counted as implied, not as compared.
package shadow
