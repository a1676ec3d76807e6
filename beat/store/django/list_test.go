package django_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/django"
	"github.com/gobeat/gobeat/beat/store/foreign/foreigntest"
)

// wanted are entries as beat_schedule has them.
func wanted() (nightly, ping beat.Entry) {
	nightly = beat.Entry{
		Name: "nightly", Task: "site.echo", Options: json.RawMessage(`{"queue": "slow", "expires": 3600, "priority": null, "time_limit": 5}`),
		Spec: schedule.Spec{Kind: schedule.KindCrontab, Minute: "30", Hour: "2"},
	}
	ping = beat.Entry{
		Name: "ping", Task: "site.echo", Args: json.RawMessage(`[1]`), Misfire: beat.MisfireSkip,
		Spec: schedule.Spec{Kind: schedule.KindInterval, Every: 10, Period: "seconds"},
	}
	return nightly, ping
}

// Tasks of a list are made, changed, switched off and back on; those of people stay, and those that DatabaseScheduler wrote
// from the same list are taken over.
func TestListInLine(t *testing.T) {
	eachDatabase(t, func(t *testing.T, s *site) {
		s.schedules(t)
		s.task(t, 1, "interval_id", "1")
		s.task(t, 2, "interval_id", "1", "name", "'ping'", "enabled", "false")
		s.task(t, 3, "interval_id", "1", "name", "'other'", "task", "'site.other'")
		foreigntest.Ahead(t, s.db, s.url, "django_celery_beat_intervalschedule", "django_celery_beat_crontabschedule", "django_celery_beat_periodictask")
		st := open(t, django.Config{URL: s.url, MaxConns: 2, Zone: "Europe/Berlin"})
		same := func(want []string, entries ...beat.Entry) {
			t.Helper()
			if diff := cmp.Diff(want, foreigntest.InLine(t, st, entries...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
		nightly, ping := wanted()
		other := ping
		other.Name = "other"
		const taken = "conflict other a task of that name exists and belongs to people, who made it by hand"
		same([]string{"create nightly", taken, "change ping args misfire owner"}, nightly, ping, other)
		same([]string{"keep nightly", taken, "keep ping"}, nightly, ping, other)

		made := foreigntest.Named(t, st, "nightly")
		if made.Queue != "slow" || made.ExpireSeconds == nil || *made.ExpireSeconds != 3600 || made.Spec.Timezone != "Europe/Berlin" ||
			string(made.Options) != `{"time_limit":5}` || !made.Enabled || made.Owner != "beat_schedule" {
			t.Errorf("made %+v", made)
		}
		if got := foreigntest.Named(t, st, "ping"); got.Enabled {
			t.Error("a task that people had switched off was switched on")
		}
		ping.Spec.Every = 20
		same([]string{"disable nightly", "change ping schedule"}, ping)
		if got := foreigntest.Named(t, st, "nightly"); got.Enabled {
			t.Error("what has gone from the list is on")
		}
		same([]string{"change nightly enabled owner", "keep ping"}, nightly, ping)
		same([]string{"disable nightly"})
		if got := foreigntest.Named(t, st, "task 1"); !got.Enabled || got.Owner != "" {
			t.Errorf("the task of people became %+v", got)
		}
	})
}

// A mark is about one row: not about another one that got its key later, and not any more after people renamed it.
func TestMarksOfOtherRows(t *testing.T) {
	eachDatabase(t, func(t *testing.T, s *site) {
		s.schedules(t)
		foreigntest.Ahead(t, s.db, s.url, "django_celery_beat_intervalschedule", "django_celery_beat_crontabschedule")
		st := s.open(t)
		nightly, ping := wanted()
		foreigntest.InLine(t, st, nightly, ping)
		s.exec(t, "update django_celery_beat_periodictask set name = 'mine' where name = 'ping'")
		key := foreigntest.Named(t, st, "nightly").ID
		s.exec(t, "delete from django_celery_beat_periodictask where name = 'nightly'")
		s.task(t, int(key[0]-'0'), "interval_id", "1", "name", "'ours'")
		foreigntest.InLine(t, st)
		for _, name := range []string{"mine", "ours"} {
			if got := foreigntest.Named(t, st, name); !got.Enabled || got.Owner != "" {
				t.Errorf("%+v", got)
			}
		}
		if page, next, err := st.List(t.Context(), beat.Filter{Owner: "beat_schedule"}, "", 10); err != nil || len(page) > 0 || next != "" {
			t.Errorf("of the list: %v, %q, %v", page, next, err)
		}
	})
}

// What the tables cannot hold is refused before anything is written.
func TestListRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite", databases[0].fresh(t), "0007_auto_20180521_0826")
	st := s.open(t)
	for _, c := range []struct {
		field string
		set   func(*beat.Entry)
	}{
		{"name", func(e *beat.Entry) { e.Name = strings.Repeat("ü", 201) }},
		{"queue", func(e *beat.Entry) { e.Options = json.RawMessage(`{"queue": "` + strings.Repeat("q", 201) + `"}`) }},
		{"options", func(e *beat.Entry) { e.Options = json.RawMessage(`[1]`) }},
		{"every", func(e *beat.Entry) {
			e.Spec = schedule.Spec{Kind: schedule.KindInterval, Every: 1 << 32, Period: "microseconds"}
		}},
		{"kind", func(e *beat.Entry) { e.Spec = schedule.Spec{Kind: schedule.KindCron, Expression: "@daily"} }},
		{"priority", func(e *beat.Entry) { e.Options = json.RawMessage(`{"priority": 3}`); p := 3; e.Priority = &p }},
		{"headers", func(e *beat.Entry) { e.Options = json.RawMessage(`{"expires": 60}`) }},
	} {
		e := beat.Entry{Name: "a", Task: "t", Spec: schedule.Spec{Kind: schedule.KindInterval, Every: 1, Period: "hours"}}
		c.set(&e)
		done := foreigntest.InLine(t, st, e)
		if len(done) != 1 || !strings.HasPrefix(done[0], "refuse "+e.Name+" "+c.field+": ") {
			t.Errorf("%s: %q", c.field, done)
		}
	}
	if got := loaded(t, st); len(got) > 0 {
		t.Errorf("rows were made: %v", got)
	}
}
