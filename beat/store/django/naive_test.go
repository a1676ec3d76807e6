package django_test

import (
	"errors"
	"testing"
	"time"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/django"
	"github.com/gobeat/gobeat/beat/store/foreign/foreigntest"
	"github.com/gobeat/gobeat/models"
)

// A project with USE_TZ = False writes times of its TIME_ZONE into columns without a zone, but for last_run_at, and with
// DJANGO_CELERY_BEAT_TZ_AWARE = False the zones in its crontabs do not count. PostgreSQL holds instants.
func TestNaiveTimes(t *testing.T) {
	t.Parallel()
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, d.name, d.fresh(t), newest)
			s.schedules(t)
			s.task(t, 1, "clocked_id", "1", "expires", "'2027-01-01 08:00:00'", "start_time", "'2026-01-01 08:00:00'",
				"last_run_at", "'2026-01-30 08:00:00'")
			s.task(t, 2, "crontab_id", "1")
			foreigntest.Ahead(t, s.db, s.url, "django_celery_beat_intervalschedule", "django_celery_beat_crontabschedule", "django_celery_beat_periodictask")
			st := open(t, django.Config{URL: s.url, MaxConns: 2, Zone: "Asia/Tokyo", Naive: shanghai, OneZone: true})
			ahead := 8 * time.Hour
			if d.name == "postgresql" {
				ahead = 0
			}
			got := loaded(t, st)["1"]
			for _, c := range []struct {
				column    string
				got, want time.Time
			}{
				{"clocked_time", got.Spec.Clocked, time.Date(2026, 2, 1, 12, 30, 0, 250_000_000, time.UTC).Add(-ahead)},
				{"expires", got.Expires, time.Date(2027, 1, 1, 8, 0, 0, 0, time.UTC).Add(-ahead)},
				{"start_time", got.StartTime, time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC).Add(-ahead)},
				{"date_changed", got.ModifiedAt, changed.Add(-ahead)},
				// PostgreSQL's is what a session in Shanghai makes of 8:00.
				{"last_run_at", got.RanAt, time.Date(2026, 1, 30, 16, 0, 0, 0, time.UTC).Add(-ahead)},
			} {
				if !c.got.Equal(c.want) {
					t.Errorf("%s is %s, want %s", c.column, c.got, c.want)
				}
			}
			l, due := lead(t, st), time.Date(2026, 2, 1, 5, 0, 0, 0, time.UTC)
			claim(t, st, l, []beat.EntryID{"1"}, beat.Decision{ID: "1", To: changed})
			claim(t, st, l, []beat.EntryID{"1"}, beat.Decision{ID: "1", Prev: changed, To: due, Fire: true})
			if last, shift := s.told(t, "1").Last, ahead-8*time.Hour; !last.Equal(due.Add(shift)) {
				t.Errorf("a run at %s was told as %s", due, last)
			}
			if ran := loaded(t, st)["1"].RanAt; !ran.IsZero() {
				t.Errorf("our run is taken for one of somebody else, at %s", ran)
			}
			if zone := loaded(t, st)["2"].Spec.Timezone; zone != "" {
				t.Errorf("the zone of the row counts: %s", zone)
			}

			start := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
			before := time.Now().Add(-time.Second)
			e := beat.Entry{
				Name: "a", Task: "t", StartTime: start, Enabled: true, Active: true,
				Spec: schedule.Spec{Kind: schedule.KindCrontab, Minute: "5"},
			}
			made, err := st.Add(t.Context(), e)
			if err != nil || !made.StartTime.Equal(start) || made.ModifiedAt.Before(before) || made.ModifiedAt.After(time.Now()) {
				t.Errorf("added %+v, %v", made, err)
			}
			put := beat.Cursor{ID: "1", DecidedTo: due, LastRun: due, Fires: 3}
			if err := errors.Join(st.Release(t.Context(), l), st.Put(t.Context(), []beat.Cursor{put})); err != nil {
				t.Fatal(err)
			}
			if ran := loaded(t, st)["1"].RanAt; !ran.IsZero() {
				t.Errorf("a last run that was put is taken for one of somebody else, at %s", ran)
			}
			if last, shift := s.told(t, "1").Last, ahead-8*time.Hour; !last.Equal(due.Add(shift)) {
				t.Errorf("a last run at %s was put as %s", due, last)
			}
			moved, err := st.Add(t.Context(), beat.Entry{Name: "moved", Task: "t", Enabled: true, Active: true, RanAt: due, Spec: e.Spec})
			if err != nil || !moved.RanAt.Equal(due) {
				t.Errorf("added with a last run at %s: %s, %v", due, moved.RanAt, err)
			}
			var written, marker models.Time
			var zone string
			err = s.db.QueryRowContext(t.Context(), "select start_time, timezone, last_update from django_celery_beat_periodictask p"+
				" join django_celery_beat_crontabschedule c on c.id = p.crontab_id, django_celery_beat_periodictasks where p.name = 'a'").
				Scan(&written, &zone, &marker)
			if err != nil || !written.Equal(start.Add(ahead)) || zone != "Asia/Tokyo" || marker.Before(before.Add(ahead)) {
				t.Errorf("written %s in %s, marker %s, %v", written, zone, marker, err)
			}
			e.Enabled, e.Active = false, false
			if done := foreigntest.InLine(t, st, e); len(done) != 1 || done[0] != "change a owner" {
				t.Errorf("the same in a list: %q", done)
			}
		})
	}
}
