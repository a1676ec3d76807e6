// Package rrule makes recurrence rules of RFC 5545 schedules, by github.com/teambition/rrule-go, which is a port of the
// rrule module of python-dateutil.
//
// An expression is one rule,
//
//	FREQ=WEEKLY;BYDAY=MO,WE;BYHOUR=9;BYMINUTE=30
//
// or lines of DTSTART, RRULE (several), RDATE and EXDATE,
//
//	DTSTART;TZID=Europe/Berlin:20260105T093000
//	RRULE:FREQ=DAILY;INTERVAL=3
//	EXDATE:20260108T093000
//
// or the JSON in which RedBeat keeps a rule: {"__type__": "rrule", "freq": 3, "dtstart": 1767600000, …}.
//
// # Where a rule begins
//
// Without DTSTART, RFC 5545 has no answer and dateutil takes the moment of the call, so that each restart of a program
// would shift the rule. Here it is Monday, 1970-01-05 00:00:00 in the zone: a rule without BYHOUR runs at midnight, and
// INTERVAL counts from that day. COUNT needs a DTSTART.
//
// # Zones and clock changes
//
// Times are those of a wall clock: of the TZID of DTSTART, of UTC when it ends with Z, else of the zone of the row. A
// time that the clocks skip is moved by the length of the gap. A time that comes twice runs in the first pass, and in
// both when the rule is HOURLY, MINUTELY or SECONDLY. Both are what crontabs do.
//
// # Cost
//
// rrule-go walks from DTSTART. For a rule without COUNT the walk begins near the instant asked for, in step with
// INTERVAL, so that old rules cost no more than new ones; one with COUNT is walked once, when it is parsed, and may
// have up to 10,000 instants. A rule that matches nothing is found out when it is parsed, which can take a second.
package rrule
