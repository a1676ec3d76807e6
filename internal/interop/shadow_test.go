package interop_test

import (
	"os/exec"
	"testing"

	"github.com/gobeat/gobeat/internal/testenv"
)

// TestShadow has ours watch the real celery beat over the tables of django-celery-beat: it agrees while that works, and
// says so when it runs something too early or stops. It sends nothing and takes no lease.
func TestShadow(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		s.do(t, swapRows)
		s.watch(t, `PeriodicTask.objects.filter(name="gap 0").update(last_run_at=tz.now())`)
	})
}

// TestShadowSQLAlchemy is TestShadow with the schedulers for SQLAlchemy.
func TestShadowSQLAlchemy(t *testing.T) {
	eachOffice(t, func(t *testing.T, s *shop, _ []string) {
		s.do(t, sqlalchemySwapRows)
		s.watch(t, `bulk("gap 0", last_run_at=now())`)
	})
}

// TestShadowRedBeat is TestShadow with RedBeat.
func TestShadowRedBeat(t *testing.T) {
	t.Parallel()
	s := newGarage(t)
	s.do(t, redBeatSwapRows)
	s.watch(t, `entry("gap 0").reschedule(now())`)
}

// watch runs ours in the shadow of celery beat for a turn. The statement early makes the task of the first gap look as if it
// had been run before its time.
func (s *shop) watch(t *testing.T, early string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "-A", "site_celery", "beat", "-l", "debug", "-C", "-S", s.scheduler,
		"--shadow", "--shadow-grace", "4s", "--output", "json")
	cmd.Dir, cmd.Env = s.dir, append(s.env, "BEAT_PYTHON="+s.python.Path)
	shadow := testenv.Start(t, cmd)
	shadow.WaitFor(t, "in the shadow of another beat")
	c := s.counter(t)

	s.turnOfCelery(t, func() { c.until(t, map[string]int{"tick": 3}, "tick") }) // writes the last runs when it ends
	shadow.WaitFor(t, "both beats agree")
	shadow.WaitFor(t, "kind=silent name=tick")
	s.do(t, early)
	shadow.WaitFor(t, `kind=extra name="gap 0"`)
	shadow.Stop(t)

	c.rest(t)
	if sent := s.recorded(t)["tick"]; c.counts["tick"] != sent {
		t.Errorf("%d messages came, celery beat has sent %d", c.counts["tick"], sent)
	}
}
