package interop_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestMoveDjango carries tasks that the ORM made into tables of our own, and from there into those of another project, where
// the ORM and the real celery beat find them.
func TestMoveDjango(t *testing.T) {
	t.Parallel()
	for _, d := range shopDatabases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			moveDjango(t, newShop(t, d.fresh(t)), newShop(t, d.fresh(t)))
		})
	}
}

func moveDjango(t *testing.T, s, other *shop) {
	t.Helper()
	s.do(t, swapRows)
	s.do(t, `
PeriodicTask.objects.create(name="cron", task="site.echo", args='["cron"]', queue="celery", expire_seconds=60,
    crontab=CrontabSchedule.objects.create(minute="1-59/2", day_of_week="mon,fri", timezone="Europe/Berlin"))
PeriodicTask.objects.create(name="off", task="site.echo", interval=hour, enabled=False, description="two\nlines")
PeriodicTask.objects.create(name="sun", task="site.echo",
    solar=SolarSchedule.objects.create(event="sunset", latitude="52.5", longitude="13.25"))`)
	s.do(t, `PeriodicTask.objects.filter(name="cron").update(total_run_count=17, last_run_at=tz.now() - timedelta(days=1))`)
	s.move(t, other, 8)
	const rows = `[[p.name, p.task, p.args, p.queue, p.enabled, p.description, p.expire_seconds, str(p.schedule), p.last_run_at, p.total_run_count]
		for p in PeriodicTask.objects.exclude(name__startswith="celery.").order_by("name")]`
	same(t, s, other, rows, 8)
	other.refuses(t)
	c := other.counter(t)
	other.turnOfCelery(t, func() { c.until(t, map[string]int{"tick": 2}, "tick") })
}

// run runs a command of ours on what the real scheduler keeps, and returns what it prints.
func (s *shop) run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir, cmd.Env = s.dir, append(s.env, "BEAT_PYTHON="+s.python.Path)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// must is run of a command that has no reason to fail.
func (s *shop) must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := s.run(t, args...)
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return out
}

// move carries the tasks of a shop into tables of our own, and from there into another shop, and wants the same export from
// each of them.
func (s *shop) move(t *testing.T, other *shop, tasks int) {
	t.Helper()
	dir := t.TempDir()
	theirs := []string{"-A", "site_celery", "-S", s.scheduler}
	native := []string{"-S", "native", "--database-url", "sqlite:///" + filepath.Join(dir, "beat.db")}
	first, second, third := filepath.Join(dir, "1.yaml"), filepath.Join(dir, "2.yaml"), filepath.Join(dir, "3.yaml")
	s.must(t, append(theirs, "export", first)...)
	added := fmt.Sprintf("added       %d\n", tasks)
	if out := s.must(t, append(native, "import", first)...); !strings.Contains(out, added) {
		t.Fatalf("the import says\n%s", out)
	}
	s.must(t, append(native, "export", second)...)
	if out := other.must(t, append(theirs, "import", second)...); !strings.Contains(out, added) {
		t.Fatalf("the import says\n%s", out)
	}
	other.must(t, append(theirs, "export", third)...)
	want := exported(t, first)
	for _, name := range []string{second, third} {
		if got := exported(t, name); got != want {
			t.Errorf("the export is\n%s\nwant\n%s", got, want)
		}
	}
}

// exported is an export without what follows from the rest: what a schedule was decided on.
func exported(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool {
		return strings.HasPrefix(strings.TrimSpace(line), "spec:")
	}), "\n")
}

// refuses has a file of which the tables cannot hold two tasks: a dry run and the import say the same, and neither writes.
func (s *shop) refuses(t *testing.T) {
	t.Helper()
	const file = `gobeat: 1
---
name: fits
task: site.echo
schedules: [{kind: interval, every: 1, period: hours}]
---
name: two
task: site.echo
schedules: [{kind: interval, every: 1, period: hours}, {kind: crontab, minute: "1"}]
---
name: rule
task: site.echo
schedules: [{kind: rrule, expression: "FREQ=DAILY"}]
`
	name := filepath.Join(t.TempDir(), "refused.yaml")
	if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	theirs := []string{"-A", "site_celery", "-S", s.scheduler}
	before := s.must(t, append(theirs, "export")...)
	dry, dryErr := s.run(t, append(theirs, "import", "--dry-run", name)...)
	wet, wetErr := s.run(t, append(theirs, "import", name)...)
	if dryErr == nil || wetErr == nil || strings.Replace(dry, " (nothing was written)", "", 2) != wet ||
		!strings.Contains(wet, `"two": schedules: "2" are too many`) || !strings.Contains(wet, `"rule": kind: "rrule"`) {
		t.Errorf("a dry run says %v\n%s\nthe import %v\n%s", dryErr, dry, wetErr, wet)
	}
	if after := s.must(t, append(theirs, "export")...); after != before {
		t.Errorf("there is\n%s\nwant\n%s", after, before)
	}
}

// TestMoveRedBeat does the same with entries that RedBeat's own API made.
func TestMoveRedBeat(t *testing.T) {
	t.Parallel()
	s, other := newGarage(t), newGarage(t)
	s.do(t, `
def ran(e, times, **ago):
    for _ in range(times):
        e = e._next_instance(last_run_at=now(**ago))

ran(task("tick", schedule(run_every=1)), 3, seconds=-20)
ran(task("relative", schedule(run_every=3600, relative=True)), 1, hours=-1)
ran(task("cron", crontab(minute="1-59/2", day_of_week="mon,fri"), options={"queue": "celery", "priority": 3}, kwargs={"a": None}), 2, days=-1)
ran(task("rule: a/b", rrule("DAILY", dtstart=now(days=-10), interval=2)), 4, days=-2)
e = task("off", crontab(hour=3)); e.enabled = False; e.save()`)
	s.move(t, other, 5)
	const rows = `sorted([n, e.task, str(e.args), str(e.kwargs), str(sorted(e.options.items())), e.enabled, str(e.schedule), str(e.last_run_at), e.total_run_count]
		for n, e in [(n, entry(n)) for n in names()])`
	same(t, s, other, rows, 5)
	c := other.counter(t)
	other.turnOfCelery(t, func() { c.until(t, map[string]int{"tick": 1}, "tick") })
}

// TestMoveSQLAlchemy does the same with rows of both packages, on each database.
func TestMoveSQLAlchemy(t *testing.T) {
	eachTwoOffices(t, func(t *testing.T, office func() *shop, _ []string) {
		s, other := office(), office()
		s.do(t, `
second = put(IntervalSchedule(every=1, period="seconds"))
task("tick", second, last_run_at=now(), total_run_count=5)
task("cron", put(CrontabSchedule(minute="5", hour="4", day_of_week="mon,fri", timezone="Europe/Berlin")),
     last_run_at=now(days=-1), total_run_count=17, queue="celery", priority=3, description="two\nlines")
task("sun", put(SolarSchedule(event="sunset", latitude="52.5", longitude="13.25")), last_run_at=now(hours=-20), total_run_count=1)
task("off", second, enabled=False)`)
		s.move(t, other, 4)
		const rows = `[[p.name, p.task, p.args, p.kwargs, p.queue, p.priority, p.enabled, p.description, p.last_run_at, p.total_run_count]
				for p in session.query(PeriodicTask).order_by(PeriodicTask.name)]`
		same(t, s, other, rows, 4)
		other.refuses(t)
		c := other.counter(t)
		other.turnOfCelery(t, func() { c.until(t, map[string]int{"tick": 2}, "tick") })
	})
}

// same asks both shops for their tasks.
func same(t *testing.T, a, b *shop, rows string, n int) {
	t.Helper()
	var want, got [][]any
	a.ask(t, rows, &want)
	b.ask(t, rows, &got)
	if len(want) != n || !reflect.DeepEqual(want, got) {
		t.Errorf("the tasks\n%v\nbecame\n%v", want, got)
	}
}
