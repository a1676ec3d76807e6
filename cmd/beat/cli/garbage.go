package cli

import (
	"os"
	"runtime/debug"
)

// heapGrowth is by how many percent the heap may grow before garbage is collected. Go's own 100 would double the memory of
// a million schedules, which do not change; the garbage of dispatch is little and dies young, so that collecting it more
// often costs little.
const heapGrowth = 30

// collectOften sets heapGrowth, unless GOGC says something else. GOMEMLIMIT holds beside it.
func collectOften() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
}
