package interop_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/internal/testenv"
)

// TestSecondBeatByRows lets beat check find a real celery beat by what it writes into its tables: before ours runs, and beside
// it.
func TestSecondBeatByRows(t *testing.T) {
	t.Parallel()
	s := newShop(t, testenv.PostgreSQL(t))
	s.do(t, swapRows)
	c := s.counter(t)
	migrate := exec.CommandContext(t.Context(), program, "migrate", "up", "-S", s.scheduler) // the rows are read beside our state
	migrate.Env = s.env
	if out, err := migrate.CombinedOutput(); err != nil {
		t.Fatalf("migrate: %v\n%s", err, out)
	}
	if got := s.secondBeat(t); len(got) != 1 || !strings.Contains(got[0], "in the last 10 minutes") {
		t.Errorf("last_run_at of just now, and no leader: %q", got)
	}
	s.do(t, `PeriodicTask.objects.update(last_run_at=tz.now() - timedelta(minutes=30))`)
	if got := s.secondBeat(t); len(got) != 0 {
		t.Errorf("before any scheduler: %q", got)
	}

	s.turnOfCelery(t, func() { c.until(t, map[string]int{"tick": 2}, "tick") }) // it writes last_run_at at its end at the latest
	got := s.secondBeat(t)
	if len(got) != 1 || !strings.HasPrefix(got[0], "1 rows were run by another scheduler in the last 10 minutes, the latest tick at ") {
		t.Errorf("after celery beat: %q", got)
	}

	ours := s.beat(t)
	if got := s.secondBeat(t); len(got) != 0 {
		t.Errorf("ours alone: %q", got)
	}
	// Ours does not run this row, and so does not write over what theirs writes.
	s.do(t, `PeriodicTask.objects.filter(name="tick").update(enabled=False)
PeriodicTask.objects.create(name="theirs", task="site.echo", interval=second, headers='{"beat": {"misfire": "never"}}')`)
	s.turnWith(t, "theirs", func() { c.until(t, map[string]int{"theirs": 2}, "theirs") })
	got = s.secondBeat(t)
	if len(got) != 1 || !strings.HasPrefix(got[0], "1 rows were run by somebody else since the leader took over, the latest theirs at ") {
		t.Errorf("celery beat beside ours: %q", got)
	}
	ours.Stop(t)
}

// TestSecondBeatByLock lets beat check find a real RedBeat by its lock, whatever tables ours is to run on.
func TestSecondBeatByLock(t *testing.T) {
	t.Parallel()
	s := newGarage(t)
	if got := s.secondBeat(t); len(got) != 0 {
		t.Errorf("before any scheduler: %q", got)
	}
	theirs := s.celeryBeat(t)
	theirs.WaitFor(t, "Acquired lock")
	got := s.secondBeat(t)
	if len(got) != 1 || !strings.HasPrefix(got[0], "a RedBeat, which holds site::lock: it runs, or was killed, and then its lock ends in ") {
		t.Errorf("beside a RedBeat: %q", got)
	}
	s.scheduler, s.env = "native", append(s.env, "DATABASE_URL=memory://")
	if native := s.secondBeat(t); len(native) != 1 || native[0][:40] != got[0][:40] {
		t.Errorf("on other tables: %q", native)
	}
	theirs.Stop(t)
	if got := s.secondBeat(t); len(got) != 0 {
		t.Errorf("after it: %q", got)
	}
}

// secondBeat returns what beat check finds of a scheduler that is not ours.
func (s *shop) secondBeat(t *testing.T) (found []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "check", "-A", "site_celery", "-S", s.scheduler, "-o", "json")
	cmd.Dir, cmd.Env = s.dir, append(s.env, "BEAT_PYTHON="+s.python.Path, "BEAT_ASK_WORKERS=no")
	out, _ := cmd.Output() // the exit code is that of other findings
	var report []struct{ About, Detail string }
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	for _, f := range report {
		if f.About == "second beat" {
			found = append(found, f.Detail)
		}
	}
	return found
}
