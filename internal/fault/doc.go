// Package fault is where the fault tests live: real processes of beat on real servers, harmed on purpose, and judged by
// what arrived. "make fault" runs them.
//
//	oracle (Celery's own schedule classes) --> expected.jsonl
//	nemesis (seeded)                       --> faults.jsonl     check --> verdict: lost, doubled, early, late, wrong …
//	beats --> broker <-- recorder          --> received.jsonl
//	the beats' own ledger                  --> ledger.jsonl
//
// No part trusts the program under test: the oracle is another implementation in another language, the recorder is a
// process of its own with a connection of its own that nothing harms, and the ledger is only read to be compared.
//
//	history  the lines of these files
//	oracle   Python: what Celery's classes expect
//	record   drains queues, syncs to disk before it acknowledges
//	nemesis  plans faults from a seed, writes down when they began and ended
//	proxy    breaks connections at an event of their protocol
//	check    the checker, with planted faults as its own test
//	site     a database, a broker's place, beats, peers
//	trial    the tests, one file each
//	report   the table: test, figure, bar
//	mutants  faults planted in the program, and the tests that catch them
package fault
