package interop_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/internal/testenv"
)

// rows are one task and one schedule each: columns and values of both, and what the worker must print.
var rows = []struct {
	name, task, schedule string
	args, kwargs, key    string
	priority             int
}{
	{name: "crontab", schedule: `kind, second) values ($1, 'crontab', '*')`},
	{name: "interval", schedule: `kind, every, period) values ($1, 'interval', 1, 'seconds')`},
	{name: "clocked", schedule: `kind, clocked_time) values ($1, 'clocked', clock_timestamp() + interval '2 seconds')`},
	{name: "cron", schedule: `kind, expression) values ($1, 'cron', '@every 1s')`},
	{name: "rrule", schedule: `kind, expression) values ($1, 'rrule', 'FREQ=SECONDLY;INTERVAL=1')`},
	{name: "relative", schedule: `kind, every, period, relative) values ($1, 'interval', 1, 'seconds', true)`},
	{name: "six fields", schedule: `kind, expression) values ($1, 'crontab', '* * * * * *')`},
	{
		name: "extended", schedule: `kind, second, minute, day_of_month, timezone, dst, exclude)
			values ($1, 'crontab', '*', 'H/1', '1-31,L', 'Europe/Berlin', 'both', '2000-01-01,@holidays')`,
	},
	{name: "solar", schedule: `kind, event, latitude, longitude) values ($1, 'solar', 'solar_noon', 0, :longitude)`},
	{name: "one off", task: `one_off = true`, schedule: `kind, every, period) values ($1, 'interval', 1, 'seconds')`},
	{
		name: "unicode", task: `args = '["Grüße 🎉", 1.0, [null, true]]', kwargs = '{"ключ": "\"значение\"", "n": 1}'`,
		schedule: `kind, every, period, kwargs) values ($1, 'interval', 1, 'seconds', '{"n": {"deep": [1e-5]}}')`,
		args:     `["Gr\u00fc\u00dfe \ud83c\udf89", 1.0, [null, true]]`,
		kwargs:   `{"\u043a\u043b\u044e\u0447": "\"\u0437\u043d\u0430\u0447\u0435\u043d\u0438\u0435\"", "n": {"deep": [1e-05]}}`,
	},
	{name: "expiring", task: `expire_seconds = 3600`, schedule: `kind, second) values ($1, 'crontab', '*')`},
	{name: "priority", task: `priority = 5`, schedule: `kind, second) values ($1, 'crontab', '*')`, priority: 5},
	{name: "queue", task: `queue = 'mail'`, schedule: `kind, second) values ($1, 'crontab', '*')`, key: "mail"},
	{
		name: "exchange", task: `exchange = 'office', routing_key = 'r.daily'`,
		schedule: `kind, second) values ($1, 'crontab', '*')`, key: "r.daily",
	},
}

// TestCelery runs every kind of row on real workers, edits rows while it runs, and ends it.
func TestCelery(t *testing.T) {
	t.Parallel()
	brokers := []struct {
		name string
		url  func(testing.TB) string
	}{{"rabbitmq", testenv.RabbitMQ}, {"redis", testenv.Redis}}
	for _, broker := range brokers {
		for _, version := range []testenv.Version{testenv.Newest, testenv.Old} {
			t.Run(broker.name+" "+string(version), func(t *testing.T) {
				t.Parallel()
				url := broker.url(t)
				worker := testenv.Celery(t, version).StartWorker(t, testenv.WorkerConfig{
					Dir: "testdata/proj", App: "proj", Env: []string{"CELERY_BROKER_URL=" + url},
				})
				s := newSite(t, url)
				beat := s.beat(t)
				s.fill(t)
				s.checkAll(t, worker)
				s.edit(t, worker, beat)
				beat.Stop(t)
				beat.WaitFor(t, "stopped")
				worker.Stop(t)
			})
		}
	}
}

func (s *site) fill(t *testing.T) {
	t.Helper()
	for _, row := range rows {
		var id int64
		err := s.db.QueryRow(t.Context(), `insert into periodic_task (name, task, headers)
			values ($1, 'proj.echo', '{"color": "blue"}') returning id`, row.name).Scan(&id)
		if err != nil {
			t.Fatal(err)
		}
		if row.task != "" {
			s.exec(t, `update periodic_task set `+row.task+` where id = $1`, id)
		}
		s.exec(t, `insert into task_schedule (task_id, `+strings.ReplaceAll(row.schedule, ":longitude", noonSoon(t)), id)
	}
	s.exec(t, `with t as (insert into periodic_task (name, task) values ('bad', 'proj.echo') returning id)
		insert into task_schedule (task_id, kind, minute) select id, 'crontab', '61' from t`)
}

// noonSoon returns the longitude of a place on the equator where it is noon in ten seconds.
func noonSoon(t *testing.T) string {
	t.Helper()
	soon := time.Now().Add(10 * time.Second)
	longitude := 0.0
	for range 3 { // the sun is not quite even
		at, err := schedule.NewSolar("solar_noon", 0, longitude)
		if err != nil {
			t.Fatal(err)
		}
		noon, ok := at.Next(soon.Add(-12 * time.Hour))
		if !ok {
			t.Fatal("no noon")
		}
		const perDegree = 240 // seconds
		longitude = math.Remainder(longitude+noon.Sub(soon).Seconds()/perDegree, 360)
	}
	return strconv.FormatFloat(longitude, 'f', 5, 64)
}

// checkAll waits until each row has run and compares what its task was given.
func (s *site) checkAll(t *testing.T, worker *testenv.Program) {
	t.Helper()
	runs := map[string]int{}
	for len(runs) < len(rows) {
		got := next(t, worker)
		runs[got.Name]++
		for _, row := range rows {
			if row.name != got.Name {
				continue
			}
			check(t, got.Name, "args", string(got.Args), or(row.args, "[]"))
			check(t, got.Name, "kwargs", string(got.Kwargs), or(row.kwargs, "{}"))
			check(t, got.Name, "routing key", got.RoutingKey, or(row.key, "celery"))
			check(t, got.Name, "color", got.Color, "blue")
			if got.Priority == nil || *got.Priority != row.priority {
				t.Errorf("%s: priority %v, want %d", got.Name, got.Priority, row.priority)
			}
		}
	}
	for _, once := range []string{"clocked", "one off"} {
		if runs[once] != 1 {
			t.Errorf("%s ran %d times, want once", once, runs[once])
		}
	}
	if runs["bad"] != 0 {
		t.Error("a row with minute 61 ran")
	}
}

// edit changes rows by plain SQL while the beat runs.
func (s *site) edit(t *testing.T, worker, beat *testenv.Program) {
	t.Helper()
	s.exec(t, `update periodic_task set enabled = false where name not in ('interval', 'bad')`)
	s.exec(t, `update periodic_task set args = '["edited"]' where name = 'interval'`)
	until(t, worker, func(got seen) bool { return got.Name == "interval" && string(got.Args) == `["edited"]` })
	s.exec(t, `update task_schedule set minute = '*', second = '*' where minute = '61'`)
	until(t, worker, func(got seen) bool { return got.Name == "bad" })
	s.exec(t, `delete from periodic_task`)
	s.exec(t, `with t as (insert into periodic_task (name, task) values ('last', 'proj.echo') returning id)
		insert into task_schedule (task_id, kind, every, period) select id, 'interval', 1, 'seconds' from t`)
	until(t, worker, func(got seen) bool { return got.Name == "last" })
	if got := next(t, worker); got.Name != "last" {
		t.Errorf("%s ran after it was deleted", got.Name)
	}
	beat.WaitFor(t, "entry is well again")
}

// TestExpiredMessage sends a task that expires before there is a worker. RabbitMQ drops it; on Redis the worker does.
func TestExpiredMessage(t *testing.T) {
	t.Parallel()
	t.Run("rabbitmq", func(t *testing.T) {
		t.Parallel()
		expired(t, testenv.RabbitMQ(t), "")
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		expired(t, testenv.Redis(t), "Discarding revoked task")
	})
}

// expired also waits for what the worker says of the expired task, if it says something.
func expired(t *testing.T, url, says string) {
	t.Helper()
	s := newSite(t, url)
	s.exec(t, `with t as (insert into periodic_task (name, task, expires, queue)
			values ('late', 'proj.echo', clock_timestamp() + interval '1 second', 'mail') returning id)
		insert into task_schedule (task_id, kind, clocked_time)
		select id, 'clocked', clock_timestamp() + interval '200 milliseconds' from t`)
	beat := s.beat(t)
	beat.WaitFor(t, "Sending due task late (proj.echo)")
	s.exec(t, `select pg_sleep_until(expires) from periodic_task`)
	worker := testenv.Celery(t, testenv.Newest).StartWorker(t, testenv.WorkerConfig{
		Dir: "testdata/proj", App: "proj", Env: []string{"CELERY_BROKER_URL=" + url},
	})
	if says != "" {
		worker.WaitFor(t, says)
	}
	// The next message proves that the expired one, which lay before it, was not executed.
	s.exec(t, `with t as (insert into periodic_task (name, task, queue) values ('next', 'proj.echo', 'mail') returning id)
		insert into task_schedule (task_id, kind, every, period) select id, 'interval', 1, 'seconds' from t`)
	if got := next(t, worker); got.Name != "next" {
		t.Errorf("the worker executed %s, which had expired", got.Name)
	}
}

func check(t *testing.T, name, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %s %s, want %s", name, what, got, want)
	}
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
