// Package celeryapp reads what the code of a Celery app says about itself: its settings, beat_schedule, routes, queues
// and the options of its tasks.
//
// Only Python can read Python code, so the work is done by a script of one file (script/export.py), which imports the
// app once and prints JSON. People may run that script themselves, in CI or while an image is built; Export runs it
// when a Python that can import the app is at hand.
//
// The script imports the code of the app, so it is run with nothing but what the environment of this process gives: no
// password stands on its command line, and its output is never logged.
package celeryapp
