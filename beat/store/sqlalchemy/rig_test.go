package sqlalchemy_test

import (
	"cmp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat/store/foreign"
	"github.com/gobeat/gobeat/beat/store/foreign/foreigntest"
	"github.com/gobeat/gobeat/beat/store/gormstore"
	"github.com/gobeat/gobeat/beat/store/sqlalchemy"
)

// release is a release of a package as the recorded statements name it, with the tables that tests write.
type release struct {
	name      string
	pkg       sqlalchemy.Package
	tasks     string
	intervals string
	crontabs  string
}

// releases are those whose tables differ.
var releases = []release{
	{"sqlalchemy-celery-beat 0.9.1", sqlalchemy.CeleryBeat, "celery_periodictask", "celery_intervalschedule", "celery_crontabschedule"},
	{"sqlalchemy-celery-beat 0.5.1", sqlalchemy.CeleryBeat, "celery_periodictask", "celery_intervalschedule", "celery_crontabschedule"},
	{
		"celery-sqlalchemy-scheduler 0.3.0", sqlalchemy.CeleryScheduler, "celery_periodic_task", "celery_interval_schedule",
		"celery_crontab_schedule",
	},
}

// site is a database with the tables of a release.
type site struct {
	*foreigntest.Site
	release

	database string
	zone     string // of the store
}

func newSite(t testing.TB, d foreigntest.Database, r release) *site {
	t.Helper()
	made := foreigntest.NewSite(t, d, "-- tables of ", func(name string) bool { return name == r.name })
	return &site{Site: made, release: r, database: d.Name}
}

// eachSite runs a test on the tables of each release in each kind of database.
func eachSite(t *testing.T, f func(t *testing.T, s *site)) {
	t.Helper()
	t.Parallel()
	for _, r := range releases {
		for _, d := range foreigntest.Databases() {
			t.Run(r.name+" "+d.Name, func(t *testing.T) {
				t.Parallel()
				f(t, newSite(t, d, r))
			})
		}
	}
}

func (s *site) config() gormstore.Config { return gormstore.Config{URL: s.URL, MaxConns: 2} }

// open opens a store and makes the tables of its state.
func (s *site) open(t testing.TB) *foreign.Store {
	t.Helper()
	st, err := sqlalchemy.Open(t.Context(), sqlalchemy.Config{Package: s.pkg, State: s.config(), Zone: s.zone})
	return foreigntest.Prepare(t, st, err)
}

// changed is the date_changed of the rows that the tests insert.
var changed = time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC)

// task inserts a task with the key id and a schedule, which is a kind and a key such as "interval 1"; columns and values
// of others come in turns. What is not given has the value that the models give it.
func (s *site) task(t *testing.T, id int, schedule string, others ...string) {
	t.Helper()
	kind, key, _ := strings.Cut(schedule, " ")
	key = cmp.Or(key, "0")
	columns := []string{"id", "name", "task", "enabled", "one_off", "args", "kwargs", "total_run_count", "date_changed"}
	values := []string{strconv.Itoa(id), "'task " + strconv.Itoa(id) + "'", "'site.echo'", "true", "false", "'[]'", "'{}'", "0", "'2026-01-31 08:00:00'"}
	if s.pkg == sqlalchemy.CeleryBeat {
		columns, values = append(columns, "discriminator", "schedule_id"), append(values, "'"+kind+"schedule'", key)
	} else if kind != "" {
		columns, values = append(columns, kind+"_id"), append(values, key)
	}
	for i := 0; i+1 < len(others); i += 2 {
		at := 0
		for at < len(columns) && columns[at] != others[i] {
			at++
		}
		if at == len(columns) {
			columns, values = append(columns, others[i]), append(values, "")
		}
		values[at] = others[i+1]
	}
	s.Exec(t, "insert into "+s.tasks+" ("+strings.Join(columns, ", ")+") values ("+strings.Join(values, ", ")+")")
}

// schedules inserts an interval and a crontab, each with the key 1.
func (s *site) schedules(t *testing.T) {
	t.Helper()
	s.Exec(t, "insert into "+s.intervals+" (id, every, period) values (1, 10, 'seconds')")
	s.crontab(t, 1, "0", "9", "*", "*", "mon-fri", "Europe/Berlin")
}

func (s *site) crontab(t *testing.T, id int, minute, hour, day, month, week, zone string) {
	t.Helper()
	s.Exec(t, "insert into "+s.crontabs+" (id, minute, hour, day_of_month, month_of_year, day_of_week, timezone) values ("+
		strconv.Itoa(id)+", '"+strings.Join([]string{minute, hour, day, month, week, zone}, "', '")+"')")
}
