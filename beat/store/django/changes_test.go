package django_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/django"
)

// news returns the entries that changed and that were deleted since a version, and the next version.
func news(t *testing.T, st *django.Store, v beat.Version) (map[beat.EntryID]beat.Entry, []beat.EntryID, beat.Version) {
	t.Helper()
	changed, deleted, next, err := st.Since(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[beat.EntryID]beat.Entry{}
	for _, e := range changed {
		byID[e.ID] = e
	}
	return byID, deleted, next
}

func latest(t *testing.T, st *django.Store) beat.Version {
	t.Helper()
	v, err := st.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Bugs 10 and 11: what celery beat does not notice, because the marker stands still or goes back, is noticed.
func TestChangesWithoutMarker(t *testing.T) {
	eachDatabase(t, func(t *testing.T, s *site) {
		s.schedules(t)
		for id := 1; id <= 4; id++ {
			s.task(t, id, "crontab_id", "1")
		}
		s.task(t, 5, "interval_id", "1")
		st := s.open(t)
		v := latest(t, st)
		for _, c := range []struct {
			name, sql string
			changed   []beat.EntryID
			deleted   []beat.EntryID
		}{
			{"nothing", "select 1", nil, nil},
			{"bug 11: a bulk update", "update django_celery_beat_periodictask set queue = 'q' where id in (1, 2)", []beat.EntryID{"1", "2"}, nil},
			{"a schedule that tasks share", "update django_celery_beat_crontabschedule set hour = '10'", []beat.EntryID{"1", "2", "3", "4"}, nil},
			{"a delete", "delete from django_celery_beat_periodictask where id = 3", nil, []beat.EntryID{"3"}},
			{"the last one", "delete from django_celery_beat_periodictask where id = 5", nil, []beat.EntryID{"5"}},
			{"somebody's run", "update django_celery_beat_periodictask set last_run_at = '2026-01-31 09:00:00' where id = 4", []beat.EntryID{"4"}, nil},
			{"bug 10: a marker that goes back", "insert into django_celery_beat_periodictasks (ident, last_update) values (1, '2001-01-01 00:00:00')", nil, nil},
			{"what only Celery counts", "update django_celery_beat_periodictask set total_run_count = 9, date_changed = '2026-01-31 09:00:00'", nil, nil},
		} {
			s.exec(t, c.sql)
			if moved := !latest(t, st).Same(v); moved != (len(c.changed)+len(c.deleted) > 0) {
				t.Errorf("%s: the version moved: %v", c.name, moved)
			}
			changed, deleted, next := news(t, st, v)
			var ids []beat.EntryID
			for id := range changed {
				ids = append(ids, id)
			}
			slices.Sort(ids)
			if !slices.Equal(ids, c.changed) || !slices.Equal(deleted, c.deleted) {
				t.Errorf("%s: changed %v, deleted %v, want %v, %v", c.name, ids, deleted, c.changed, c.deleted)
			}
			v = next
		}
	})
}

// A schedule that was edited counts from the edit: from date_changed if the ORM moved it, else from when the former
// schedule was last seen. Upstream counts from the last run, so that the new pattern runs at once (Celery issue 4806).
func TestEditCountsFromEdit(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite", databases[0].fresh(t), newest)
	s.schedules(t)
	s.task(t, 1, "crontab_id", "1")
	st := s.open(t)
	v := latest(t, st)
	before := time.Now().Add(-time.Millisecond)
	s.exec(t, "update django_celery_beat_crontabschedule set hour = '10'")
	got, _, v := news(t, st, v)
	if at := got["1"].ModifiedAt; at.Before(before.Add(-time.Minute)) || at.After(time.Now()) {
		t.Errorf("modified at %v, want when the old row was seen, just before %v", at, before)
	}
	s.exec(t, "update django_celery_beat_periodictask set queue = 'q', date_changed = '2126-01-31 09:00:00'")
	if got, _, _ := news(t, st, v); !got["1"].ModifiedAt.Equal(time.Date(2126, 1, 31, 9, 0, 0, 0, time.UTC)) {
		t.Errorf("modified at %v, want date_changed", got["1"].ModifiedAt)
	}
}

// A table of several slices is read whole at once after the marker moved, and slice by slice without it; each row is
// found either way.
func TestLargeTable(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite", databases[0].fresh(t), newest)
	s.schedules(t)
	s.exec(t, `insert into django_celery_beat_periodictask (id, name, task, args, kwargs, enabled, total_run_count, date_changed,
			description, one_off, headers, crontab_id)
		with recursive n (i) as (select 1 union all select i + 1 from n where i < 5000)
		select i, 'task ' || i, 'site.echo', '[]', '{}', true, 0, '2026-01-31 08:00:00', '', false, '{}', 1 from n`)
	st := prepared(t, django.OpenPatient, django.Config{URL: s.url, MaxConns: 2})
	v := latest(t, st)
	edit := "update django_celery_beat_periodictask set queue = '%' where id in (1, 2000, 2001, 4999, 5000)"
	want := []beat.EntryID{"1", "2000", "2001", "4999", "5000"}
	for _, way := range []struct {
		name  string
		sql   string
		polls int
	}{
		{"by slices", "select 1", 3},
		{"by the marker", "insert into django_celery_beat_periodictasks (ident, last_update) values (1, '2026-01-31 08:00:00')", 1},
		{"bug 10: by a marker that goes back", "update django_celery_beat_periodictasks set last_update = '2001-01-01 00:00:00'", 1},
	} {
		s.exec(t, strings.Replace(edit, "%", way.name, 1))
		s.exec(t, way.sql)
		found := map[beat.EntryID]bool{}
		for range way.polls {
			var got map[beat.EntryID]beat.Entry
			got, _, v = news(t, st, v)
			for id := range got {
				found[id] = true
			}
		}
		for _, id := range want {
			if !found[id] {
				t.Errorf("%s: task %s was not found within %d polls", way.name, id, way.polls)
			}
		}
		if len(found) != len(want) {
			t.Errorf("%s: found %d tasks, want %d", way.name, len(found), len(want))
		}
	}
	s.exec(t, "delete from django_celery_beat_periodictask where id > 2500")
	gone := map[beat.EntryID]bool{}
	for range 3 {
		var deleted []beat.EntryID
		_, deleted, v = news(t, st, v)
		for _, id := range deleted {
			gone[id] = true
		}
	}
	if len(gone) != 2500 || gone["2500"] || !gone["2501"] || !gone["5000"] {
		t.Errorf("%d tasks are gone, want those from 2501 to 5000", len(gone))
	}
}

// Runs by somebody else while we lead are warned of, once each; those from before are not.
func TestSecondScheduler(t *testing.T) {
	eachDatabase(t, func(t *testing.T, s *site) {
		s.schedules(t)
		s.task(t, 1, "interval_id", "1", "last_run_at", "'2026-01-31 08:00:00'")
		var log strings.Builder
		st := open(t, django.Config{URL: s.url, MaxConns: 2, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		l := lead(t, st)
		before, at := changed.Add(5*time.Second), changed.Add(10*time.Second)
		claim(t, st, l, []beat.EntryID{"1"}, beat.Decision{ID: "1", To: changed})
		claim(t, st, l, []beat.EntryID{"1"}, beat.Decision{ID: "1", Prev: changed, To: before, Fire: true})
		v := latest(t, st)
		claim(t, st, l, []beat.EntryID{"1"}, beat.Decision{ID: "1", Prev: before, To: at, Fire: true})
		if got, _, _ := news(t, st, v); len(got) != 0 || log.Len() > 0 {
			t.Errorf("our own run is news: %v, and log says %q", got, log.String())
		}
		s.exec(t, "update django_celery_beat_periodictask set last_run_at = '2026-01-31 08:00:15', total_run_count = 2")
		for range 3 {
			latest(t, st)
		}
		if n := strings.Count(log.String(), "a second scheduler"); n != 1 {
			t.Errorf("the log warns %d times, want once: %s", n, log.String())
		}
		got, _, _ := news(t, st, v)
		if want := changed.Add(15 * time.Second); !got["1"].RanAt.Equal(want) || !got["1"].DecidedTo.Equal(at) {
			t.Errorf("ran at %v after %v, want %v after %v", got["1"].RanAt, got["1"].DecidedTo, want, at)
		}
	})
}
