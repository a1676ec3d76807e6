// Package schedule tells when a task is due. It is pure: no clock, no database, no logger; time enters as an
// argument.
//
// A [Spec] is what a row or a file says. It becomes a [Schedule]: a [Crontab], an [Interval] or its [Relative] form, a
// [Solar] or a [Clocked]; the sub-packages robfig and rrule add grammars of their own, and the sub-package kinds picks
// the right one. [Except] leaves out dates of any of them. A Schedule answers one question, Next: the first instant
// strictly later than the one given. What is wrong with a Spec is a [FieldError], which names the field and what is
// allowed there.
//
// # Crontab
//
// The grammar is Celery's (celery/schedules.py, class crontab_parser) with its accidents, because rows with those
// run today: ranges wrap round the end (22-2, fri-mon), "*/n" begins at the field's minimum, names count by their
// first three letters, and what follows a range or a step is ignored ("1-5 x" is 1-5). Beyond Celery, a weekday 7 is
// Sunday, as the forms of django-celery-beat promise; the brackets that its rows can hold are taken off; blanks
// beside separators are allowed; and there may be a field of seconds. A step on one number ("5/10") is refused, as
// in Celery.
//
// All fields must match. "0 0 13 * fri" is Friday the 13th, where Vixie cron and robfig also run on all other
// Fridays.
//
// Each field is a set of at most 60 numbers, so it is kept as the bits of a word (bitset.go). A search never steps
// through minutes or days: the next hour that a set holds is a shift and a count of zeros. The same goes for days:
// for a month, the set of days of the month is cut to its length and overlaid with the set of weekdays turned to the
// month's first day (calendar.go); what remains are the days that match, and months that the crontab does not name
// are jumped over. The calendar repeats after 400 years, and within them every weekday falls on 29 February; hence a
// date that never comes (30 February) is known at compile time, and any other is found, if it takes 40 years.
//
// What Celery refuses may be in the extended grammar (crontab_extended.go): positions within the month, which depend on
// the month and are kept beside the sets (monthrule.go), and macros. It is tried only after Celery's own grammar, so it
// changes the meaning of nothing. [Spec.Hashed] replaces each H by numbers that follow from a name. [Lint] tells what
// is surprising about a spec that compiles, and what Celery could not read.
//
// # Clock changes
//
// A [Zone] is a list of eras between changes of the offset from UTC. Within an era the wall clock runs evenly, and
// searching it is arithmetic on seconds as if they were UTC. What happens at the seams is Celery's rule where that
// is sane:
//
//   - A wall time that exists once is that instant.
//   - A wall time that the clocks skip is read with the offset from before the gap, so it is moved forward by the
//     gap's length and not lost: 02:30 in New York on the change day in March runs at 03:30 EDT. A gap has one such
//     run, the earliest; where it meets a regular run, both are one.
//   - A wall time that comes twice runs in the first pass only, unless the hour field covers all 24 hours: daily
//     jobs run once, and jobs of each hour or minute keep their pace through both passes.
//   - Runs are ordered by instant. In Lord Howe, whose gap is half an hour long, "20,35 2" runs at 02:35 and then at
//     02:50, the moved 02:20.
//
// Celery itself goes wrong in some of these cases: it is silent in the second pass, sends in a tight loop when its
// last run lies there, and drops a regular run behind a moved one. After a gap, a schedule asked from between its
// end and the moved run gives that run, where Celery waits for the next day.
//
// [DST] chooses another rule for one crontab, and [Crontab.Changes] tells what each clock change does to it.
//
// # Sun
//
// An event belongs to the noon of one solar day and is computed from the number of that day alone, so it is the same
// instant whoever asks, and is found once (solar.go). The place of the sun comes from the largest terms of VSOP87
// (sun_terms.go), which is within a second of PyEphem away from the poles. Polar night and midnight sun are jumped over
// by how far the declination has to go, for which a rough place of the sun is enough (sun.go).
//
// # Interval
//
// An interval counts elapsed time; no clock change alters it. Next is one period after the instant given, so a
// caller that passes the planned instant of the latest run walks a grid without drift.
//
// # Many at once
//
// After downtime a caller wants to know how many runs were missed and which was the last, without visiting each. A
// [Spanner] answers that by arithmetic; [Of] asks it, or walks through at most [Enumerated] instants of a schedule
// that is none.
//
// # Sources
//
// Celery 5.6.2, recorded in testdata with the script that made the recordings. Everything here is checked against
// those (sub-package scheduletest), against an oracle that looks at each minute (oracle_test.go), and against
// robfig/cron where both define the answer.
package schedule
