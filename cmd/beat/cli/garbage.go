package cli

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// The heap may grow by heapGrowth percent before garbage is collected. Go's own 100 would double the memory of a million
// schedules, which do not change. A small heap may grow by leastGarbage bytes, or dispatch would collect all the time, and
// one of some size doubles, but by no more than mostGarbage, or loading would.
const (
	heapGrowth   = 30
	leastGarbage = 64 << 20
	mostGarbage  = 128 << 20
	growthEvery  = time.Second
)

// tuneGarbage keeps the growth of the heap in line with what is live until stop is called, unless GOGC says something
// else. GOMEMLIMIT holds beside it.
func tuneGarbage(ctx context.Context) (stop func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var tuning sync.WaitGroup
	tuning.Go(func() { keepTuned(ctx) })
	return func() {
		cancel()
		tuning.Wait()
	}
}

func keepTuned(ctx context.Context) {
	tick := time.NewTicker(growthEvery)
	defer tick.Stop()
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	for now := 0; ; {
		metrics.Read(live)
		if percent := growth(live[0].Value.Uint64()); percent != now {
			now = percent
			debug.SetGCPercent(percent)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// growth returns by how many percent a heap with so many live bytes may grow, in steps of ten, because each change stops
// the program for a moment.
func growth(live uint64) int {
	const first, most = 100, 300 // first: nothing was collected yet
	if live == 0 {
		return first
	}
	percent := max(leastGarbage, min(live, mostGarbage)) * 100 / live / 10 * 10
	return int(max(heapGrowth, min(percent, most)))
}
