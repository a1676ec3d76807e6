package interop_test

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/redisstore"
	"github.com/gobeat/gobeat/internal/testenv"
)

// TestStoreInRedis kills the leader over entries in Redis: its successor takes over, and a real worker executes each run
// once, those of the time between included.
func TestStoreInRedis(t *testing.T) {
	t.Parallel()
	database := testenv.Redis(t)
	worker := succeed(t, database, func() {})

	runs := history(t, database)
	for i, r := range runs {
		if r.State != "confirmed" {
			t.Errorf("run at %v is %s, want confirmed", r.Instant, r.State)
		}
		if i > 0 && runs[i-1].Instant.Sub(r.Instant) != time.Second {
			t.Errorf("run at %v follows that at %v", runs[i-1].Instant, r.Instant)
		}
	}
	for range len(runs) - 4 { // four were waited for above
		next(t, worker)
	}
	worker.Stop(t)
	if executed := strings.Count(worker.Output(), "RUN {"); executed != len(runs) {
		t.Errorf("%d runs were executed, want %d", executed, len(runs))
	}
}

// succeed runs an entry of each second, and kills the leader after two runs. It returns when its successor has sent two
// more and has stopped. first is called after the first run.
func succeed(t *testing.T, database string, first func()) (worker *testenv.Program) {
	t.Helper()
	broker := testenv.Redis(t)
	worker = testenv.Celery(t, testenv.Newest).StartWorker(t, testenv.WorkerConfig{
		Dir: "testdata/proj", App: "proj", Env: []string{"CELERY_BROKER_URL=" + broker},
	})
	s := &site{env: append(os.Environ(), "DATABASE_URL="+database, "CELERY_BROKER_URL="+broker)}
	leader := s.beat(t)
	standby := exec.CommandContext(t.Context(), program, "run", "--loglevel", "info", "--no-color")
	standby.Env = s.env
	successor := testenv.Start(t, standby)
	add := exec.CommandContext(t.Context(), program, "add", "tick", "--task", "proj.echo", "--every", "1s", "--misfire", "all")
	add.Env = s.env
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("add: %v\n%s", err, out)
	}
	until(t, worker, named("tick"))
	first()
	until(t, worker, named("tick"))
	leader.Signal(t, syscall.SIGKILL)
	leader.Wait(t)
	successor.WaitFor(t, "leading")
	until(t, worker, named("tick"))
	until(t, worker, named("tick"))
	successor.Stop(t)
	return worker
}

func named(name string) func(seen) bool {
	return func(s seen) bool { return s.Name == name }
}

// history returns the runs of the only entry, the latest first.
func history(t *testing.T, database string) []beat.Record {
	t.Helper()
	st, err := redisstore.Open(redisstore.Config{URL: database})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	entries, _, err := st.Load(t.Context(), "", 1)
	if err != nil || len(entries) != 1 {
		t.Fatalf("entries %+v, %v, want one", entries, err)
	}
	runs, err := st.History(t.Context(), entries[0].ID, time.Now().Add(time.Hour), 1000)
	if err != nil || len(runs) < 4 {
		t.Fatalf("history %+v, %v, want at least 4 runs", runs, err)
	}
	return runs
}
