package sqlalchemy_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/foreign/foreigntest"
	"github.com/gobeat/gobeat/beat/store/gormstore"
	"github.com/gobeat/gobeat/beat/store/sqlalchemy"
)

// Without the package's tables, nothing is made, and the error says what to do.
func TestNoTables(t *testing.T) {
	t.Parallel()
	for _, d := range foreigntest.Databases() {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			st, err := sqlalchemy.Open(t.Context(), sqlalchemy.Config{State: gormstore.Config{URL: d.Fresh(t)}})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = st.Close() }()
			err = st.Prepare(t.Context(), beat.PrepareCreate)
			if !errors.Is(err, beat.ErrMigrate) || !strings.Contains(err.Error(), "start celery beat with it once") {
				t.Errorf("Prepare = %v, want that it says how to make the tables", err)
			}
			if v, err := st.Migrations().Version(t.Context()); err != nil || v != 0 {
				t.Errorf("the state has version %d, %v, want none", v, err)
			}
		})
	}
}

// Both packages may have their tables in one database; a beat over each leaves the other's state alone.
func TestBothPackages(t *testing.T) {
	t.Parallel()
	d := foreigntest.Databases()[0]
	first := newSite(t, d, releases[0])
	other := &site{Site: first.Site, release: releases[2], database: d.Name}
	made := foreigntest.NewSite(t, d, "-- tables of ", func(name string) bool { return name == other.name })
	rows, err := made.DB.QueryContext(t.Context(), "select sql from sqlite_master where sql is not null and name like 'celery%'")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var statement string
		if err := rows.Scan(&statement); err != nil {
			t.Fatal(err)
		}
		first.Exec(t, statement)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	at := changed.Add(10 * time.Second)
	for _, s := range []*site{first, other} {
		s.schedules(t)
		s.task(t, 1, "interval 1")
		st := s.open(t)
		l := foreigntest.Lead(t, st)
		foreigntest.Claim(t, st, l, []beat.EntryID{"1"}, beat.Decision{ID: "1", To: changed})
		foreigntest.Claim(t, st, l, []beat.EntryID{"1"}, beat.Decision{ID: "1", Prev: changed, To: at, Fire: true})
	}
	for _, s := range []*site{first, other} {
		if told := s.Told(t, s.tasks, "1"); told.Count != 1 || !told.Last.Equal(at) {
			t.Errorf("%s: told %+v", s.name, told)
		}
	}
}

// What commands add comes back as it was given, and equal schedules are shared. What the tables have no column for is
// refused by name.
func TestAddedComesBack(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		st := s.open(t)
		latitude, longitude, priority := 52.52, 13.405, 4
		for _, spec := range []schedule.Spec{
			{Kind: schedule.KindInterval, Every: 5, Period: "minutes"},
			{
				Kind: schedule.KindCrontab, Minute: "*/5", Hour: "1-3", DayOfMonth: "*", MonthOfYear: "jan", DayOfWeek: "mon",
				Timezone: "Europe/Berlin",
			},
			{Kind: schedule.KindSolar, Event: "sunrise", Latitude: &latitude, Longitude: &longitude},
			{Kind: schedule.KindClocked, Clocked: time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC)},
		} {
			want := beat.Entry{
				Name: string(spec.Kind), Description: "why", Task: "site.echo", Args: json.RawMessage(`[1.0]`),
				Kwargs: json.RawMessage(`{"a": null}`), Queue: "q", Priority: &priority, Enabled: true, Active: true,
				OneOff: spec.Kind == schedule.KindClocked, StartTime: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC), Spec: spec,
			}
			got, err := st.Add(t.Context(), want)
			if spec.Kind == schedule.KindClocked && s.pkg == sqlalchemy.CeleryScheduler {
				refused(t, err, "kind")
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			want.ID, want.TaskID, want.CreatedAt, want.ModifiedAt = got.ID, got.TaskID, got.CreatedAt, got.ModifiedAt
			if got.Headers != nil {
				want.Headers = json.RawMessage("{}")
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s (-want +got):\n%s", spec.Kind, d)
			}
			other := want
			other.Name, other.TaskID, other.Misfire = other.Name+" again", "", beat.MisfireSkip
			got, err = st.Add(t.Context(), other)
			if s.name != releases[0].name { // only that has headers
				refused(t, err, "headers")
			} else if err != nil || got.Misfire != beat.MisfireSkip {
				t.Errorf("Add with a setting of ours = %+v, %v", got, err)
			}
		}
		var n int
		if err := s.DB.QueryRowContext(t.Context(), "select count(*) from "+s.crontabs).Scan(&n); err != nil || n != 1 {
			t.Errorf("there are %d crontabs, %v, want one that tasks share", n, err)
		}
	})
}

func refused(t *testing.T, err error, field string) {
	t.Helper()
	if bad, ok := errors.AsType[*beat.EntryError](err); !ok || bad.Field != field {
		t.Errorf("Add = %v, want that %s is refused", err, field)
	}
}
