package interop_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/internal/testenv"
)

// Values of beat_schedule in the settings of a project, which names its classes.
const (
	siteSchedule = `{
		"nightly": {"task": "site.echo", "schedule": crontab(minute="30", hour="2"), "args": ["n"],
			"options": {"queue": "slow", "priority": 3}},
		"often": {"task": "site.echo", "schedule": timedelta(minutes=10), "kwargs": {"a": None}},
		"tick": {"task": "site.echo", "schedule": 1.0, "args": ["tick"]}}`
	laterSchedule = `{"tick": {"task": "site.echo", "schedule": 1.0, "args": ["tick"]}}`
)

// plan returns what beat plan says in the project.
func (s *shop) plan(t *testing.T) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "-A", "site_celery", "-S", s.scheduler, "plan")
	cmd.Dir, cmd.Env = s.dir, append(s.env, "BEAT_PYTHON="+s.python.Path)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("plan: %v\n%s", err, out)
	}
	return string(out)
}

// TestDjangoBeatSchedule brings tables in line with beat_schedule, shows them to the models, and then lets the real
// DatabaseScheduler write the same list into them.
func TestDjangoBeatSchedule(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		s.do(t, `PeriodicTask.objects.create(name="mine", task="site.echo",
				interval=IntervalSchedule.objects.create(every=1, period="hours"))`)
		s.env = append(s.env, "SITE_SCHEDULE="+siteSchedule, "BEAT_BACKEND_CLEANUP=on")
		if out := s.plan(t); !strings.Contains(out, "4 to create\n") {
			t.Errorf("before:\n%s", out)
		}
		c := s.counter(t)
		p := s.beat(t)
		c.until(t, map[string]int{"tick": 2}, "tick")
		p.Stop(t)
		want := []string{
			`["celery.backend_cleanup", "celery.backend_cleanup", [], {}, null, null, 43200, "{}", true, "<crontab: 0 4>", "UTC"]`,
			`["mine", "site.echo", [], {}, null, null, null, "{}", true, "<freq: 1.00 hour>", null]`,
			`["nightly", "site.echo", ["n"], {}, "slow", 3, null, "{}", true, "<crontab: 30 2>", "UTC"]`,
			`["often", "site.echo", [], {"a": null}, null, null, null, "{}", true, "<freq: 10.00 minutes>", null]`,
			`["tick", "site.echo", ["tick"], {}, null, null, null, "{}", true, "<freq: 1.00 second>", null]`,
		}
		seen := func(when string) {
			t.Helper()
			var rows []string
			s.ask(t, siteRows, &rows)
			if diff := cmp.Diff(want, rows); diff != "" {
				t.Errorf("%s (-want +got):\n%s", when, diff)
			}
		}
		seen("made by beat")
		s.do(t, "from datetime import timedelta\nfrom celery.schedules import crontab\n"+
			"from django_celery_beat.schedulers import DatabaseScheduler\nfrom site_celery import app\n"+
			"app.conf.result_expires = 86400\napp.conf.beat_schedule = "+siteSchedule+"\nDatabaseScheduler(app=app)")
		seen("after DatabaseScheduler")
		var schedules int
		if s.ask(t, "CrontabSchedule.objects.count() + IntervalSchedule.objects.count()", &schedules); schedules != 5 {
			t.Errorf("there are %d schedules, want those of 5 tasks", schedules)
		}
		if out := s.plan(t); !strings.Contains(out, "nothing to do") {
			t.Errorf("after DatabaseScheduler:\n%s", out)
		}
		s.env = append(s.env, "SITE_SCHEDULE="+laterSchedule)
		s.beat(t).Stop(t)
		for i := range want {
			if strings.HasPrefix(want[i], `["nightly"`) || strings.HasPrefix(want[i], `["often"`) {
				want[i] = strings.Replace(want[i], "true, \"<", "false, \"<", 1)
			}
		}
		seen("gone from beat_schedule")
	})
}

// siteRows are the tasks as the models show them.
const siteRows = `[json.dumps([p.name, p.task, json.loads(p.args), json.loads(p.kwargs), p.queue, p.priority, p.expire_seconds, p.headers, p.enabled,
	"<crontab: %s %s>" % (p.crontab.minute, p.crontab.hour) if p.crontab else str(p.schedule), p.crontab and str(p.crontab.timezone)]) for p in PeriodicTask.objects.order_by("name")]`

// TestDjangoBeatScheduleTakenOver finds tables that the real DatabaseScheduler has filled from beat_schedule: its rows are
// taken over as they are, and no row is added.
func TestDjangoBeatScheduleTakenOver(t *testing.T) {
	t.Parallel()
	s := newShop(t, testenv.PostgreSQL(t))
	s.do(t, "from datetime import timedelta\nfrom celery.schedules import crontab\n"+
		"from django_celery_beat.schedulers import DatabaseScheduler\nfrom site_celery import app\n"+
		"app.conf.beat_schedule = "+siteSchedule+"\nDatabaseScheduler(app=app)\n"+
		`PeriodicTask.objects.filter(name="often").update(enabled=False)`)
	var before, after []string
	s.ask(t, siteRows, &before)
	s.env = append(s.env, "SITE_SCHEDULE="+siteSchedule)
	if out := s.plan(t); strings.Count(out, "~ change") != 3 || strings.Count(out, " -> ") != 3 || strings.Count(out, "-> beat_schedule") != 3 {
		t.Errorf("more than the owner would change:\n%s", out)
	}
	s.beat(t).Stop(t)
	s.ask(t, siteRows, &after)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("rows (-before +after):\n%s", diff)
	}
}

// TestSQLAlchemyBeatSchedule is TestDjangoBeatSchedule with the models of the schedulers for SQLAlchemy.
func TestSQLAlchemyBeatSchedule(t *testing.T) {
	eachOffice(t, func(t *testing.T, s *shop, _ []string) {
		s.do(t, `task("mine", put(IntervalSchedule(every=1, period="hours")))`)
		s.env = append(s.env, "SITE_SCHEDULE="+siteSchedule)
		p := s.beat(t)
		c := s.counter(t)
		c.until(t, map[string]int{"tick": 2}, "tick")
		p.Stop(t)
		seen := func(when string, want map[string]string) {
			t.Helper()
			var text json.RawMessage
			s.ask(t, `{p.name: "%s %s %s %s" % (p.args, p.queue, p.enabled, str(p.schedule).replace(", UTC", "").replace("h/d/dM/MY", "h/dM/MY/d")) for p in all_tasks()}`, &text)
			var rows map[string]string
			if err := json.Unmarshal(text, &rows); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, rows); diff != "" {
				t.Errorf("%s (-want +got):\n%s", when, diff)
			}
		}
		want := map[string]string{
			"mine":    `["mine"] None True <freq: 1.00 hour>`,
			"nightly": `["n"] slow True <crontab: 30 2 * * * (m/h/dM/MY/d)>`,
			"often":   `[] None True <freq: 10.00 minutes>`,
			"tick":    `["tick"] None True <freq: 1.00 second>`,
		}
		seen("made by beat", want)
		s.do(t, `install("tick", 1.0, ["tick"])`)
		seen("after its scheduler", want)
		s.env = append(s.env, "SITE_SCHEDULE="+laterSchedule)
		s.beat(t).Stop(t)
		for _, name := range []string{"nightly", "often"} {
			want[name] = strings.Replace(want[name], "True", "False", 1)
		}
		seen("gone from beat_schedule", want)
	})
}
