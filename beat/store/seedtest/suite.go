package seedtest

import (
	"slices"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/beat/store/storetest"
)

// Run runs the suite. fresh makes an empty database for one test. without names the tests, as far as needed to tell
// them apart, of what the store is not made for.
func Run(t *testing.T, fresh func(t *testing.T) storetest.Open, without ...string) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(r *rig)
	}{
		{"Quart-Tasks: missed while down fires once, at once after the start", missedWhileDown},
		{"Quart-Tasks: what never ran does not fire at the start", neverRan},
		{"Celery Store: several schedules of a task, each with its kwargs", severalSchedules},
		{"Celery Store: the latest change over both tables", latestChange},
		{"Celery Store: the last run is that of the history", lastRunOfHistory},
		{"Celery Store: a last run in the future does not fire", lastRunAhead},
		{"Asyncz: the operations of its store", operations},
		{"Asyncz: a date missed while down fires once", oneOff},
		{"Quantum: states, and what is inactive does not run", states},
		{"Quantum: never had a job is not the same as has none", neverAndNone},
		{"Quantum: catching up runs every missed one", catchingUp},
		{"Pyncette: two instances run nothing twice", twoInstances},
		{"Pyncette: what a dead instance claimed is run by the next", recovery},
		{"Pyncette: fast forward makes up nothing", fastForward},
		{"Pyncette: an interval changed while down counts from the change", intervalChanged},
		{"Pyncette: partitions share the work", partitions},
		{"Pyncette: a lease is extended while the work goes on", extension},
		{"Pyncette: a schedule with seconds", seconds},
	} {
		t.Run(c.name, func(t *testing.T) {
			if slices.ContainsFunc(without, func(name string) bool { return strings.HasPrefix(c.name, name) }) {
				t.Skip("the store is not made for this")
			}
			t.Parallel()
			c.run(newRig(t, fresh(t)))
		})
	}
}
