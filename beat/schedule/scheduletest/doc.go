// Package scheduletest asks what Celery was asked. [Run] goes through the recordings of ../testdata, puts each case to
// whatever answers as schedules do — the package itself, or `beat next --stdin` — and prints a table: the cases of each
// file, how many were answered as by Celery, and the others by the reason for which they were not. An answer for which
// there is no reason fails the test.
//
// The reasons are the verdicts "fix" on Celery's behaviour. Each is checked, not assumed: against the model in
// generate.py, which shares no code with Celery, or, for the sun, against the altitude by a formula of its own
// (sun.go).
package scheduletest
