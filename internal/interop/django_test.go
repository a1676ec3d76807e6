package interop_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/internal/testenv"
)

// sold is what the task of the shop printed.
type sold struct {
	seen

	Scheduled string
	Schema    string
	Beat      json.RawMessage
}

// nextSold blocks until the worker has executed a task.
func nextSold(t *testing.T, s *testenv.Program) sold {
	t.Helper()
	line := s.WaitFor(t, "RUN {")
	_, text, _ := strings.Cut(line, "RUN ")
	var got sold
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return got
}

// TestDjango runs every kind of schedule that the real ORM and the real admin pages made on a real worker, and edits
// them in every way that Django has while it runs.
func TestDjango(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		s.do(t, strings.ReplaceAll(everyKind, ":longitude", noonSoon(t)))
		s.do(t, adminAdds)
		worker := s.worker(t)
		beat := s.beat(t)

		runs := map[string]int{}
		for _, name := range []string{"interval", "crontab", "solar", "clocked", "one off", "from the admin", "queue"} {
			for runs[name] == 0 {
				got := nextSold(t, worker)
				runs[got.Name]++
				if got.Name == "interval" {
					check(t, got.Name, "args", string(got.Args), `["Gr\u00fc\u00dfe", 1.0]`)
					check(t, got.Name, "kwargs", string(got.Kwargs), `{"a": null}`)
					check(t, got.Name, "color", got.Color, "blue")
					check(t, got.Name, "headers for beat", string(got.Beat), "null")
					if got.Scheduled == "" {
						t.Error("the task was not told its time")
					}
				}
			}
		}
		s.edits(t, worker)
		beat.WaitFor(t, "is quarantined")
		beat.Stop(t)
		worker.Stop(t)

		var left struct {
			Once []bool
			Bulk int
		}
		s.ask(t, `{"once": [p.enabled for p in PeriodicTask.objects.filter(one_off=True)],
				"bulk": PeriodicTask.objects.get(name="bulk").total_run_count}`, &left)
		if len(left.Once) != 2 || left.Once[0] || left.Once[1] {
			t.Errorf("what runs once is on: %v", left.Once)
		}
		if left.Bulk < 4 {
			t.Errorf("total_run_count is %d after at least 4 runs", left.Bulk)
		}
	})
}

// everyKind makes rows by the ORM.
const everyKind = `
from django.utils import timezone as tz
second = IntervalSchedule.objects.create(every=1, period="seconds")
minute = CrontabSchedule.objects.create(timezone="Europe/Berlin")
noon = SolarSchedule.objects.create(event="solar_noon", latitude=0, longitude=:longitude)
soon = ClockedSchedule.objects.create(clocked_time=tz.now() + timedelta(seconds=5))
PeriodicTask.objects.create(name="interval", task="site.echo", interval=second, args='["Grüße", 1.0]',
    kwargs='{"a": null}', headers='{"color": "blue", "beat": {"misfire": "all", "window": "1h"}}')
PeriodicTask.objects.create(name="crontab", task="site.echo", crontab=minute)
PeriodicTask.objects.filter(name="crontab").update(date_changed=tz.now() - timedelta(minutes=2))
PeriodicTask.objects.create(name="solar", task="site.echo", solar=noon)
PeriodicTask.objects.create(name="clocked", task="site.echo", clocked=soon, one_off=True)
PeriodicTask.objects.create(name="one off", task="site.echo", interval=second, one_off=True)
PeriodicTask.objects.create(name="queue", task="site.echo", interval=second, queue="celery", priority=0, expire_seconds=60)
PeriodicTask.objects.bulk_create([PeriodicTask(name="no schedule", task="site.echo")])
`

// adminAdds makes a row by the form of the admin pages.
const adminAdds = `
from django.contrib.auth.models import User
from django.test import Client
User.objects.create_superuser("admin", password="admin")
browser = Client()
assert browser.login(username="admin", password="admin")
def submit(path, **fields):
    answer = browser.post("/admin/django_celery_beat/" + path, fields)
    assert answer.status_code == 302, answer.content.decode()
form = dict(name="from the admin", regtask="", task="site.echo", enabled="on", description="", interval=second.pk, crontab="",
    solar="", clocked="", start_time_0="", start_time_1="", last_run_at_0="", last_run_at_1="", args="[]", kwargs="{}",
    expires_0="", expires_1="", expire_seconds="", queue="", exchange="", routing_key="", priority="", headers="{}")
submit("periodictask/add/", **form)
`

// edits changes rows in every way that Django has, while the beat runs.
func (s *shop) edits(t *testing.T, worker *testenv.Program) {
	t.Helper()
	until := func(ok func(sold) bool) {
		t.Helper()
		for !ok(nextSold(t, worker)) {
		}
	}
	named := func(name, args string) func(sold) bool {
		return func(got sold) bool { return got.Name == name && string(got.Args) == args }
	}
	s.do(t, `p = PeriodicTask.objects.get(name="interval"); p.args = '["saved"]'; p.save()`)
	until(named("interval", `["saved"]`))
	s.do(t, `PeriodicTask.objects.filter(name="interval").update(args='["updated"]')`) // the marker does not move
	until(named("interval", `["updated"]`))
	s.do(t, `form.update(args='["form"]'); submit("periodictask/%d/change/" % PeriodicTask.objects.get(name="from the admin").pk, **form)`)
	until(named("from the admin", `["form"]`))
	s.do(t, `submit("periodictask/", action="disable_tasks", _selected_action=PeriodicTask.objects.exclude(name="queue").values_list("pk", flat=True))`)
	s.do(t, `PeriodicTask.objects.filter(name="queue").update(args='["only"]')`)
	until(named("queue", `["only"]`))
	if got := nextSold(t, worker); got.Name != "queue" {
		t.Errorf("%s ran after it was disabled", got.Name)
	}
	s.do(t, `PeriodicTask.objects.bulk_create([PeriodicTask(name="bulk", task="site.echo", interval=second, date_changed=tz.now())])`)
	until(named("bulk", `[]`))
	s.do(t, `PeriodicTask.objects.filter(name="queue").delete()`)
	until(named("bulk", `[]`))
	for range 2 {
		if got := nextSold(t, worker); got.Name != "bulk" {
			t.Errorf("%s ran after it was deleted", got.Name)
		}
	}
	s.do(t, `submit("periodictask/", action="enable_tasks", _selected_action=[PeriodicTask.objects.get(name="interval").pk])`)
	until(named("interval", `["updated"]`))
}
