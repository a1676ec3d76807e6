package interop_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/internal/testenv"
)

// TestMoveDjango carries tasks that the ORM made into tables of our own, and from there into those of another project, where
// the ORM and the real celery beat find them.
func TestMoveDjango(t *testing.T) {
	t.Parallel()
	s := newShop(t, testenv.PostgreSQL(t))
	s.do(t, swapRows)
	s.do(t, `
PeriodicTask.objects.create(name="cron", task="site.echo", args='["cron"]', queue="celery", expire_seconds=60,
    crontab=CrontabSchedule.objects.create(minute="1-59/2", day_of_week="mon,fri", timezone="Europe/Berlin"))
PeriodicTask.objects.create(name="off", task="site.echo", interval=hour, enabled=False, description="two\nlines")
PeriodicTask.objects.create(name="sun", task="site.echo",
    solar=SolarSchedule.objects.create(event="sunset", latitude="52.5", longitude="13.25"))`)
	dir := t.TempDir()
	run := func(of *shop, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Dir, cmd.Env = of.dir, append(of.env, "BEAT_PYTHON="+of.python.Path)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	django := filepath.Join(dir, "django.yaml")
	run(s, "-S", s.scheduler, "export", django)
	native := []string{"-S", "native", "--database-url", "sqlite:///" + filepath.Join(dir, "beat.db")}
	if out := run(s, append(native, "import", django)...); !strings.Contains(out, "added       8\n") {
		t.Fatalf("the import says\n%s", out)
	}
	back := filepath.Join(dir, "native.yaml")
	run(s, append(native, "export", back)...)

	other := newShop(t, testenv.PostgreSQL(t))
	if out := run(other, "-S", s.scheduler, "import", back); !strings.Contains(out, "added       8\n") {
		t.Fatalf("the import says\n%s", out)
	}
	const rows = `[[p.name, p.task, p.args, p.queue, p.enabled, p.description, p.expire_seconds, str(p.schedule)]
		for p in PeriodicTask.objects.exclude(name__startswith="celery.").order_by("name")]`
	var want, got [][]any
	s.ask(t, rows, &want)
	other.ask(t, rows, &got)
	if len(want) != 8 || len(got) != len(want) {
		t.Fatalf("%d tasks came of %d", len(got), len(want))
	}
	for i := range want {
		for j := range want[i] {
			if want[i][j] != got[i][j] {
				t.Errorf("task %v became %v", want[i], got[i])
				break
			}
		}
	}
	c := other.counter(t)
	other.turnOfCelery(t, func() { c.until(t, map[string]int{"tick": 2}, "tick") })
}
