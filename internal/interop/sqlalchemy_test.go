package interop_test

import (
	"strings"
	"testing"

	"github.com/gobeat/gobeat/internal/testenv"
)

// sqlalchemyPackages are the schedulers for SQLAlchemy, each with the Celery that it runs with.
var sqlalchemyPackages = []struct {
	name    string
	version testenv.Version
	class   string
	kinds   []string // of tasks that run once
}{
	{"sqlalchemy_celery_beat", testenv.SQLAlchemy, "sqlalchemy_celery_beat.schedulers:DatabaseScheduler", []string{"clocked", "once"}},
	{"celery_sqlalchemy_scheduler", testenv.Old, "celery_sqlalchemy_scheduler.schedulers:DatabaseScheduler", []string{"once"}},
}

// eachOffice runs a test for each package on each database.
func eachOffice(t *testing.T, test func(t *testing.T, s *shop, kinds []string)) {
	t.Helper()
	eachTwoOffices(t, func(t *testing.T, office func() *shop, kinds []string) {
		t.Helper()
		test(t, office(), kinds)
	})
}

// eachTwoOffices runs a test for each package on each database. Each call of office makes another one, with tables of its own.
func eachTwoOffices(t *testing.T, test func(t *testing.T, office func() *shop, kinds []string)) {
	t.Helper()
	t.Parallel()
	for _, p := range sqlalchemyPackages {
		for _, d := range shopDatabases {
			t.Run(p.name+" "+d.name, func(t *testing.T) {
				t.Parallel()
				test(t, func() *shop {
					s := &shop{python: testenv.Celery(t, p.version), dir: "testdata/sqlalchemy", scheduler: p.class}
					url := strings.Replace(d.fresh(t), "mysql:", "mysql+pymysql:", 1)
					s.open(t, "SITE_PACKAGE="+p.name, "SITE_DATABASE="+url)
					return s
				}, p.kinds)
			})
		}
	}
}

// TestSQLAlchemySwap is TestDjangoSwap with the schedulers for SQLAlchemy. What runs once is due in our turns only: when
// one of their own turns ends such a task, the marker moves while they save, they read the table anew in the middle of it
// and forget the run of another task.
func TestSQLAlchemySwap(t *testing.T) {
	eachOffice(t, func(t *testing.T, s *shop, kinds []string) {
		s.do(t, sqlalchemySwapRows)
		s.takeTurns(t, nil, kinds)
	})
}

// sqlalchemySwapRows are as swapRows.
const sqlalchemySwapRows = `
second = put(IntervalSchedule(every=1, period="seconds"))
hour = put(IntervalSchedule(every=1, period="hours"))
task("tick", second)
for n in range(4):
    task("gap %d" % n, hour)
bulk("%", last_run_at=now())

def meanwhile(n):
    bulk("gap %d" % n, last_run_at=now(hours=-1, minutes=-30))
    if n % 2 == 0:
        return  # the turn is celery beat's
    task("once %d" % n, second, one_off=True)
    if "ClockedSchedule" in globals():
        task("clocked %d" % n, put(ClockedSchedule(clocked_time=now(seconds=-n - 1))), one_off=True)
`

// TestSQLAlchemy runs every kind of schedule that the real models made on a real worker, and edits them in every way that
// SQLAlchemy has while it runs.
func TestSQLAlchemy(t *testing.T) {
	eachOffice(t, func(t *testing.T, s *shop, kinds []string) {
		s.do(t, strings.ReplaceAll(everyModel, ":longitude", noonSoon(t)))
		worker := s.worker(t)
		beat := s.beat(t)
		runs := map[string]int{}
		expected := []string{"interval", "crontab", "solar", "one off"}
		if len(kinds) > 1 {
			expected = append(expected, "clocked", "headers")
		}
		for _, name := range expected {
			for runs[name] == 0 {
				got := nextSold(t, worker)
				runs[got.Name]++
				if got.Name == "headers" {
					check(t, got.Name, "color", got.Color, "blue")
					check(t, got.Name, "headers for beat", string(got.Beat), "null")
				}
				if got.Name == "interval" {
					check(t, got.Name, "args", string(got.Args), `["Gr\u00fc\u00dfe", 1.0]`)
					check(t, got.Name, "kwargs", string(got.Kwargs), `{"a": null}`)
				}
			}
		}
		until := func(name, args string) {
			t.Helper()
			for got := nextSold(t, worker); got.Name != name || string(got.Args) != args; got = nextSold(t, worker) {
			}
		}
		s.do(t, `change("interval", args='["saved"]')`)
		until("interval", `["saved"]`)
		s.do(t, `bulk("interval", args='["updated"]')`) // the marker does not move
		until("interval", `["updated"]`)
		s.do(t, `session.execute(PeriodicTask.__table__.insert().values(**copy("interval", name="inserted")))
session.commit()`)
		until("inserted", `["updated"]`)
		s.do(t, `change("interval", enabled=False)`)
		until("inserted", `["updated"]`)
		s.do(t, `remove("inserted")
bulk("interval", enabled=True, args='["only"]')`)
		until("interval", `["only"]`)
		for range 2 {
			if got := nextSold(t, worker); got.Name == "inserted" {
				t.Errorf("%s ran after it was removed", got.Name)
			}
		}
		beat.WaitFor(t, "is quarantined")
		beat.Stop(t)
		worker.Stop(t)

		var left map[string]bool
		s.ask(t, `{p.name: p.enabled for p in session.query(PeriodicTask).filter_by(one_off=True)}`, &left)
		for name, on := range left {
			if on {
				t.Errorf("%s, which runs once, is still on", name)
			}
		}
		if len(left) != len(kinds) {
			t.Errorf("%d rows run once, want %d", len(left), len(kinds))
		}
	})
}

// everyModel makes rows by the models.
const everyModel = `
second = put(IntervalSchedule(every=1, period="seconds"))
task("interval", second, args='["Grüße", 1.0]', kwargs='{"a": null}')
task("crontab", put(CrontabSchedule(timezone="Europe/Berlin")))
bulk("crontab", date_changed=now(minutes=-2))
task("solar", put(SolarSchedule(event="solar_noon", latitude=0, longitude=:longitude)))
task("one off", second, one_off=True)
task("broken", second, args="{bad")
if "ClockedSchedule" in globals():
    task("clocked", put(ClockedSchedule(clocked_time=now(seconds=5))), one_off=True)
    task("headers", second, headers='{"color": "blue", "beat": {"misfire": "all", "window": "1h"}}')
`
