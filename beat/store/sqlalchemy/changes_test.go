package sqlalchemy_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/foreign/foreigntest"
	"github.com/gobeat/gobeat/beat/store/sqlalchemy"
	"github.com/gobeat/gobeat/models"
)

// Bugs 10 and 11: what the schedulers do not notice, because the marker stands still or goes back, is noticed.
func TestChangesWithoutMarker(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.schedules(t)
		for id := 1; id <= 4; id++ {
			s.task(t, id, "crontab 1")
		}
		s.task(t, 5, "interval 1")
		marker := s.tasks + map[bool]string{true: "changed", false: "_changed"}[s.pkg == sqlalchemy.CeleryBeat]
		st := s.open(t)
		v := foreigntest.Latest(t, st)
		for _, c := range []struct {
			name, sql string
			changed   []beat.EntryID
			deleted   []beat.EntryID
		}{
			{"nothing", "select 1", nil, nil},
			{"a bulk update", "update " + s.tasks + " set queue = 'q' where id in (1, 2)", []beat.EntryID{"1", "2"}, nil},
			{"a schedule that tasks share", "update " + s.crontabs + " set hour = '10'", []beat.EntryID{"1", "2", "3", "4"}, nil},
			{"a delete", "delete from " + s.tasks + " where id = 3", nil, []beat.EntryID{"3"}},
			{"somebody's run", "update " + s.tasks + " set last_run_at = '2026-01-31 09:00:00' where id = 4", []beat.EntryID{"4"}, nil},
			{"a marker that goes back", "insert into " + marker + " (id, last_update) values (1, '2001-01-01 00:00:00')", nil, nil},
			{"what only the scheduler counts", "update " + s.tasks + " set total_run_count = 9, date_changed = '2026-01-31 09:00:00'", nil, nil},
		} {
			s.Exec(t, c.sql)
			changed, deleted, next := foreigntest.News(t, st, v)
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

// What commands write moves the marker forward, for the schedulers look for a later one, even when the clock of whoever
// moved it last is ahead, as that of celery-sqlalchemy-scheduler is, which writes local time.
func TestMarkerMovesForward(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		marker := s.tasks + map[bool]string{true: "changed", false: "_changed"}[s.pkg == sqlalchemy.CeleryBeat]
		st := s.open(t)
		e := beat.Entry{Name: "a", Task: "site.echo", Enabled: true, Active: true, Spec: schedule.Spec{Kind: schedule.KindCrontab, Minute: "5"}}
		e, err := st.Add(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		ahead := time.Now().UTC().Add(2 * time.Hour).Truncate(time.Second)
		s.Exec(t, "update "+marker+" set last_update = '"+ahead.Format("2006-01-02 15:04:05")+"'")
		for range 2 {
			if err := st.SetEnabled(t.Context(), e.TaskID, false); err != nil {
				t.Fatal(err)
			}
			var at models.Time
			if err := s.DB.QueryRowContext(t.Context(), "select last_update from "+marker+" where id = 1").Scan(&at); err != nil {
				t.Fatal(err)
			}
			if !at.After(ahead) {
				t.Errorf("the marker went from %v to %v", ahead, at.Time)
			}
			ahead = at.Time
		}
	})
}

// A claim is told in the three columns for that and in no other, and is no news: not even where columns hold whole
// seconds, as in MariaDB, so that what is read is not what was written.
func TestClaims(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.schedules(t)
		s.task(t, 1, "interval 1", "total_run_count", "41")
		s.task(t, 2, "interval 1", "one_off", "true")
		var log strings.Builder
		c := s.config()
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
		opened, err := sqlalchemy.Open(t.Context(), sqlalchemy.Config{Package: s.pkg, State: c})
		st := foreigntest.Prepare(t, opened, err)
		l := foreigntest.Lead(t, st)
		ids := []beat.EntryID{"1", "2"}
		foreigntest.Claim(t, st, l, ids, beat.Decision{ID: "1", To: changed}, beat.Decision{ID: "2", To: changed})
		v := foreigntest.Latest(t, st)
		at := changed.Add(10*time.Second + 700*time.Millisecond)
		foreigntest.Claim(t, st, l, ids, beat.Decision{ID: "1", Prev: changed, To: at, Fire: true},
			beat.Decision{ID: "2", Prev: changed, To: at, Fire: true, End: beat.EndTask})
		first, second := s.Told(t, s.tasks, "1"), s.Told(t, s.tasks, "2")
		if !first.Enabled || first.Count != 42 || !first.Changed.Equal(changed) || at.Sub(first.Last).Abs() >= time.Second {
			t.Errorf("told %+v", first)
		}
		if second.Enabled || second.Count != 0 || at.Sub(second.Last).Abs() >= time.Second {
			t.Errorf("what runs once: told %+v", second)
		}
		news, _, v := foreigntest.News(t, st, v)
		if _, ok := news["1"]; ok || log.Len() > 0 {
			t.Errorf("our own run is news: %+v, and the log says %q", news["1"], log.String())
		}
		s.Exec(t, "update "+s.tasks+" set last_run_at = '2026-01-31 08:00:20' where id = 1")
		if news, _, _ := foreigntest.News(t, st, v); !news["1"].RanAt.Equal(changed.Add(20 * time.Second)) {
			t.Errorf("somebody else's run is %+v", news["1"])
		}
		if !strings.Contains(log.String(), "a second scheduler") {
			t.Errorf("the log says %q", log.String())
		}
	})
}
