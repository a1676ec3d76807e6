package interop_test

import (
	"os/exec"
	"testing"

	"github.com/gobeat/gobeat/internal/testenv"
)

// TestShadow has ours watch the real celery beat over the tables of django-celery-beat: it agrees while that works, and
// says so when it runs something too early or stops. It sends nothing and takes no lease.
func TestShadow(t *testing.T) {
	t.Parallel()
	s := newShop(t, testenv.PostgreSQL(t))
	s.do(t, swapRows)
	cmd := exec.CommandContext(t.Context(), program, "-A", "site_celery", "beat", "-l", "debug", "-C", "-S", s.scheduler,
		"--shadow", "--shadow-grace", "4s", "--output", "json")
	cmd.Dir, cmd.Env = s.dir, append(s.env, "BEAT_PYTHON="+s.python.Path)
	shadow := testenv.Start(t, cmd)
	shadow.WaitFor(t, "in the shadow of another beat")
	c := s.counter(t)

	s.turnOfCelery(t, func() { c.until(t, map[string]int{"tick": 3}, "tick") }) // writes the last runs when it ends
	shadow.WaitFor(t, "both beats agree")
	shadow.WaitFor(t, "kind=silent name=tick")
	s.do(t, `PeriodicTask.objects.filter(name="gap 0").update(last_run_at=tz.now())`)
	shadow.WaitFor(t, `kind=extra name="gap 0"`)
	shadow.Stop(t)

	c.rest(t)
	var sent int
	s.ask(t, `PeriodicTask.objects.get(name="tick").total_run_count`, &sent)
	if c.counts["tick"] != sent {
		t.Errorf("%d messages came, celery beat has sent %d", c.counts["tick"], sent)
	}
}
