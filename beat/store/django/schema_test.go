package django_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/django"
	"github.com/gobeat/gobeat/models"
)

// schemas are states of the tables over the years: the last migration applied, and which columns that must have a value
// it has added.
var schemas = []struct {
	migration string
	columns   string
}{
	{"0001_initial", ""},                                       // 1.0
	{"0005_add_solarschedule_events_choices", ""},              // 1.1
	{"0007_auto_20180521_0826", ", one_off"},                   // 1.2
	{"0008_auto_20180914_1922", ", one_off"},                   // 1.3
	{"0006_periodictask_priority", ", one_off"},                // 1.5
	{"0010_auto_20190429_0326", ", one_off, headers"},          // 1.6
	{"0011_auto_20190508_0153", ", one_off, headers"},          // 1.6 with clocked
	{"0012_periodictask_expire_seconds", ", one_off, headers"}, // 2.0
	{"0013_auto_20200609_0727", ", one_off, headers"},          // 2.1
	{newest, ", one_off, headers"},
}

// Every schema is read, claimed from and edited; what a schema has no column for is refused by name.
func TestSchemas(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		for _, c := range schemas {
			t.Run(d.name+" "+c.migration, func(t *testing.T) {
				t.Parallel()
				s := newSite(t, d.name, d.fresh(t), c.migration)
				values := strings.NewReplacer("one_off", "false", "headers", "'{}'").Replace(c.columns)
				s.exec(t, "insert into django_celery_beat_intervalschedule (id, every, period) values (1, 10, 'seconds')")
				s.exec(t, "insert into django_celery_beat_periodictask (name, task, args, kwargs, enabled, total_run_count, date_changed, "+
					"description, interval_id"+c.columns+") values ('a', 'site.echo', '[]', '{}', true, 0, '2026-01-31 08:00:00', '', 1"+values+")")
				st := s.open(t)
				got := loaded(t, st)["1"]
				if got.Bad != nil || got.Spec != (schedule.Spec{Kind: schedule.KindInterval, Every: 10, Period: "seconds"}) {
					t.Errorf("loaded %+v", got)
				}
				l := lead(t, st)
				at := changed.Add(10 * time.Second)
				claim(t, st, l, []beat.EntryID{"1"}, beat.Decision{ID: "1", To: changed})
				claim(t, st, l, []beat.EntryID{"1"}, beat.Decision{ID: "1", Prev: changed, To: at, Fire: true})
				if told := s.told(t, "1"); told.Count != 1 || !told.Last.Equal(at) {
					t.Errorf("told %+v", told)
				}
				e := beat.Entry{Name: "b", Task: "site.echo", Enabled: true, Active: true, Spec: schedule.Spec{Kind: schedule.KindCrontab, Minute: "5"}}
				if _, err := st.Add(t.Context(), e); err != nil {
					t.Errorf("Add: %v", err)
				}
				e.Name, e.OneOff = "c", true
				_, err := st.Add(t.Context(), e)
				var bad *beat.EntryError
				if lacks := c.columns == ""; lacks != (errors.As(err, &bad) && bad.Field == "one_off") {
					t.Errorf("Add of a one-off task: %v", err)
				}
			})
		}
	}
}

// The tables of django-celery are those of the first django-celery-beat under other names.
func TestForerunner(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, d.name, d.fresh(t), "0001_initial")
			for _, table := range []string{"crontabschedule", "intervalschedule", "periodictask", "periodictasks"} {
				s.exec(t, "alter table django_celery_beat_"+table+" rename to djcelery_"+table)
			}
			s.exec(t, "insert into djcelery_crontabschedule (id, minute, hour, day_of_week, day_of_month, month_of_year) values (1, '5', '*', '*', '*', '*')")
			s.exec(t, "insert into djcelery_periodictask (name, task, args, kwargs, enabled, total_run_count, date_changed, description, crontab_id)"+
				" values ('a', 'site.echo', '[1]', '{}', true, 0, '2026-01-31 08:00:00', '', 1)")
			st := open(t, django.Config{URL: s.url, Forerunner: true, MaxConns: 2})
			got := loaded(t, st)["1"]
			if got.Bad != nil || got.Spec.Minute != "5" || got.Spec.Timezone != "" || string(got.Args) != "[1]" {
				t.Errorf("loaded %+v", got)
			}
			l, at := lead(t, st), changed.Add(10*time.Second)
			claim(t, st, l, []beat.EntryID{"1"}, beat.Decision{ID: "1", To: changed})
			claim(t, st, l, []beat.EntryID{"1"}, beat.Decision{ID: "1", Prev: changed, To: at, Fire: true})
			var last models.Time
			var count int
			err := s.db.QueryRowContext(t.Context(), "select last_run_at, total_run_count from djcelery_periodictask").Scan(&last, &count)
			if err != nil || !last.Equal(at) || count != 1 {
				t.Errorf("told %s and %d runs, %v", last, count, err)
			}
			version, err := st.Latest(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			s.exec(t, "update djcelery_periodictask set enabled = false")
			for now := version; now.Same(version); {
				if now, err = st.Latest(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if e := loaded(t, st)["1"]; e.Enabled {
				t.Errorf("loaded %+v, want it off", e)
			}
		})
	}
}

// Without Django's tables, nothing is made, and the error says what to run.
func TestNoTables(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			st, err := django.Open(t.Context(), django.Config{URL: d.fresh(t)})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = st.Close() }()
			err = st.Prepare(t.Context(), beat.PrepareCreate)
			if !errors.Is(err, beat.ErrMigrate) || !strings.Contains(err.Error(), "manage.py migrate") {
				t.Errorf("Prepare = %v, want that it says how to make the tables", err)
			}
			if v, err := st.Migrations().Version(t.Context()); err != nil || v != 0 {
				t.Errorf("the state has version %d, %v, want none", v, err)
			}
		})
	}
}

// Somebody migrates Django while we run: the next look sees the new columns.
func TestMigratedMeanwhile(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite", databases[0].fresh(t), newest)
	s.schedules(t)
	s.task(t, 1, "interval_id", "1", "priority", "3")
	st := s.open(t)
	s.exec(t, "alter table django_celery_beat_periodictask drop column expire_seconds")
	if _, _, err := st.Load(t.Context(), "", 10); !errors.Is(err, beat.ErrMigrate) {
		t.Errorf("Load of a column that is gone = %v", err)
	}
	if got := loaded(t, st)["1"]; got.Priority == nil || *got.Priority != 3 {
		t.Errorf("loaded %+v", got)
	}
}

// What commands add comes back as it was given, with its settings in the headers; tasks share equal schedules.
func TestAddedComesBack(t *testing.T) {
	eachDatabase(t, func(t *testing.T, s *site) {
		st := s.open(t)
		latitude, longitude, priority, seconds := 52.52, 13.405, 4, 30.0
		for _, spec := range []schedule.Spec{
			{Kind: schedule.KindInterval, Every: 5, Period: "minutes", Relative: true},
			{
				Kind: schedule.KindCrontab, Minute: "*/5", Hour: "1-3", DayOfMonth: "*", MonthOfYear: "jan", DayOfWeek: "mon",
				Timezone: "Europe/Berlin", DST: "both", Exclude: "12-25",
			},
			{Kind: schedule.KindSolar, Event: "sunrise", Latitude: &latitude, Longitude: &longitude},
			{Kind: schedule.KindClocked, Clocked: time.Date(2031, 1, 2, 3, 4, 5, 6000, time.UTC)},
		} {
			want := beat.Entry{
				Name: string(spec.Kind), Description: "why", Task: "site.echo", Args: json.RawMessage(`[1.0]`),
				Kwargs: json.RawMessage(`{"a": null}`), Queue: "q", Priority: &priority, ExpireSeconds: &seconds,
				Headers: json.RawMessage(`{"h": "1"}`), Enabled: true, Active: true,
				OneOff:    spec.Kind == schedule.KindClocked,
				StartTime: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC), EndTime: time.Date(2032, 1, 1, 0, 0, 0, 1000, time.UTC),
				Misfire: beat.MisfireSkip, MisfireWindow: 90 * time.Second, Delivery: beat.AtMostOnce, MaxRuns: 7,
				Jitter: 1500 * time.Millisecond, Options: json.RawMessage(`{"time_limit":5}`), Spec: spec,
			}
			first, err := st.Add(t.Context(), want)
			if err != nil {
				t.Fatal(err)
			}
			want.ID, want.TaskID, want.CreatedAt, want.ModifiedAt = first.ID, first.TaskID, first.CreatedAt, first.ModifiedAt
			if d := cmp.Diff(want, first); d != "" {
				t.Errorf("%s (-want +got):\n%s", spec.Kind, d)
			}
			other := want
			other.Name, other.TaskID = other.Name+" again", ""
			if _, err := st.Add(t.Context(), other); err != nil {
				t.Fatal(err)
			}
		}
		for _, table := range []string{"interval", "crontab", "solar", "clocked"} {
			var n int
			if err := s.db.QueryRowContext(t.Context(), "select count(*) from django_celery_beat_"+table+"schedule").Scan(&n); err != nil || n != 1 {
				t.Errorf("%d rows of %s, %v, want the one that both tasks name", n, table, err)
			}
		}
	})
}

// Bug 7: what is off for a while makes nothing up. It counts from when it is seen to be on again, whatever the row says.
func TestBug7OnAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite", databases[0].fresh(t), newest)
	s.schedules(t)
	s.task(t, 1, "interval_id", "1", "enabled", "false")
	st := s.open(t)
	l := lead(t, st)
	if got := loaded(t, st)["1"]; got.ModifiedAt != changed {
		t.Errorf("off and modified at %v, want %v", got.ModifiedAt, changed)
	}
	claim(t, st, l, []beat.EntryID{"1"}, beat.Decision{ID: "1", To: changed})                  // off: without spec
	s.exec(t, "update django_celery_beat_periodictask set enabled = true, last_run_at = null") // as the admin's actions do
	if got := loaded(t, st)["1"]; !got.ModifiedAt.IsZero() || !got.RanAt.IsZero() {
		t.Errorf("on again, modified at %v, ran at %v, want both unknown", got.ModifiedAt, got.RanAt)
	}
	claim(t, st, l, []beat.EntryID{"1"}, beat.Decision{ID: "1", Prev: changed, To: time.Now().UTC(), Spec: 1})
	if got := loaded(t, st)["1"]; got.ModifiedAt != changed {
		t.Errorf("on and modified at %v, want %v", got.ModifiedAt, changed)
	}
}
