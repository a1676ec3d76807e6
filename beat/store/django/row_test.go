package django_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
	"github.com/gobeat/gobeat/broker/message"
)

func loaded(t *testing.T, st beat.Entries) map[beat.EntryID]beat.Entry {
	t.Helper()
	entries, _, err := st.Load(t.Context(), "", 100)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[beat.EntryID]beat.Entry{}
	for _, e := range entries {
		byID[e.ID] = e
	}
	return byID
}

// Every column becomes a field of the entry, on every database.
func TestColumns(t *testing.T) {
	eachDatabase(t, func(t *testing.T, s *site) {
		s.schedules(t)
		s.task(t, 1, "interval_id", "1", "args", `'[1.0, "ü"]'`, "kwargs", `'{"a":null}'`, "queue", "'q'", "exchange", "'x'",
			"routing_key", "'r.k'", "priority", "0", "expires", "'2027-01-01 00:00:00.500000'", "expire_seconds", "30",
			"description", "'why'", "headers", `'{"h": "1", "beat": {"delivery": "at_most_once", "window": "1h", "jitter": 1.5, "max_runs": 3}}'`)
		s.task(t, 2, "crontab_id", "1", "enabled", "false", "last_run_at", "'2026-01-30 08:00:00.000001'")
		s.task(t, 3, "solar_id", "1", "start_time", "'2026-01-01 00:00:00'")
		s.task(t, 4, "clocked_id", "1", "one_off", "true")
		got := loaded(t, s.open(t))
		priority, seconds, latitude, longitude := 0, 30.0, -33.8688, 151.2093
		want := map[beat.EntryID]beat.Entry{
			"1": {
				ID: "1", TaskID: "1", Name: "task 1", Description: "why", Task: "site.echo", Active: true, Enabled: true,
				Args: json.RawMessage(`[1.0, "ü"]`), Kwargs: json.RawMessage(`{"a":null}`), Queue: "q", Exchange: "x", RoutingKey: "r.k",
				Priority: &priority, Headers: json.RawMessage(`{"h": "1"}`),
				Expires: time.Date(2027, 1, 1, 0, 0, 0, 500_000_000, time.UTC), ExpireSeconds: &seconds,
				Delivery: beat.AtMostOnce, MisfireWindow: time.Hour, Jitter: 1500 * time.Millisecond, MaxRuns: 3,
				Spec:      schedule.Spec{Kind: schedule.KindInterval, Every: 10, Period: "seconds"},
				CreatedAt: changed, ModifiedAt: changed,
			},
			"2": {
				ID: "2", TaskID: "2", Name: "task 2", Task: "site.echo", Active: true, Args: json.RawMessage("[]"),
				Kwargs: json.RawMessage("{}"), Headers: json.RawMessage("{}"),
				Spec: schedule.Spec{
					Kind: schedule.KindCrontab, Minute: "0", Hour: "9", DayOfMonth: "*", MonthOfYear: "*", DayOfWeek: "mon-fri",
					Timezone: "Europe/Berlin",
				},
				CreatedAt: changed, ModifiedAt: changed, RanAt: time.Date(2026, 1, 30, 8, 0, 0, 1000, time.UTC),
			},
			"3": {
				ID: "3", TaskID: "3", Name: "task 3", Task: "site.echo", Active: true, Enabled: true, Args: json.RawMessage("[]"),
				Kwargs: json.RawMessage("{}"), Headers: json.RawMessage("{}"), StartTime: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
				Spec:      schedule.Spec{Kind: schedule.KindSolar, Event: "sunset", Latitude: &latitude, Longitude: &longitude},
				CreatedAt: time.Date(2025, 12, 31, 23, 59, 59, 999_999_000, time.UTC), ModifiedAt: changed,
			},
			"4": {
				ID: "4", TaskID: "4", Name: "task 4", Task: "site.echo", Active: true, Enabled: true, OneOff: true,
				Args: json.RawMessage("[]"), Kwargs: json.RawMessage("{}"), Headers: json.RawMessage("{}"),
				Spec:      schedule.Spec{Kind: schedule.KindClocked, Clocked: time.Date(2026, 2, 1, 12, 30, 0, 250_000_000, time.UTC)},
				CreatedAt: changed, ModifiedAt: changed,
			},
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}

// quirks are rows as SQL, fixtures and old programs leave them, and what becomes of each; the names are those of the
// faults of DatabaseScheduler.
var quirks = []struct {
	name string
	row  []string // columns and values beside those of site.task
	sql  string   // before it
	bad  string   // field of the quarantine; empty: the row runs
	next string   // its first run after 2026-01-31 08:00 UTC; empty: none
}{
	{"bug 1: dow 7 was never run", []string{"crontab_id", "2"}, crontab("0", "0", "*", "*", "7"), "", "2026-02-01T00:00:00Z"},
	{"bug 1: minute 61 was skipped without a word", []string{"crontab_id", "2"}, crontab("61", "*", "*", "*", "*"), "minute", ""},
	{"bug 1: an empty part killed beat", []string{"crontab_id", "2"}, crontab("1,,2", "*", "*", "*", "*"), "minute", ""},
	{"bug 1: 30 February killed beat", []string{"crontab_id", "2"}, crontab("0", "0", "30", "2", "*"), "", ""},
	{"a list of Python's was dropped", []string{"crontab_id", "2"}, crontab("[0, 30]", "{9}", "(31,)", "*", "*"), "", "2026-01-31T09:00:00Z"},
	{"bug 2: no schedule killed beat", nil, "", "schedule", ""},
	{"bug 2: headers that are a list killed beat", []string{"interval_id", "1", "headers", "'[1]'"}, "", "headers", ""},
	{"bug 2: headers that are no JSON", []string{"interval_id", "1", "headers", "'{bad'"}, "", "headers", ""},
	{"bug 2: args that are no JSON blocked the heap", []string{"interval_id", "1", "args", "'{bad'"}, "", "args", ""},
	{"args that are no list", []string{"interval_id", "1", "args", "'{}'"}, "", "args", ""},
	{"kwargs that are no object", []string{"interval_id", "1", "kwargs", "'[]'"}, "", "kwargs", ""},
	{"bug 13: empty texts", []string{"interval_id", "1", "headers", "''", "args", "''", "kwargs", "''", "queue", "''"}, "", "", "2026-01-31T08:00:10Z"},
	{"bug 12: expire_seconds 0 means none", []string{"interval_id", "1", "expire_seconds", "0"}, "", "", "2026-01-31T08:00:10Z"},
	{
		"bug 12: both kinds of expiry killed beat",
		[]string{"interval_id", "1", "expire_seconds", "5", "expires", "'2026-02-01 00:00:00'"},
		"", "", "2026-01-31T08:00:10Z",
	},
	{"bug 3: an expired row blocked the heap", []string{"interval_id", "1", "expires", "'2026-01-31 08:00:05'"}, "", "", ""},
	{"bug 5: start_time is no run of a crontab", []string{"crontab_id", "1", "start_time", "'2026-02-02 07:00:00'"}, "", "", "2026-02-02T08:00:00Z"},
	{"start_time is the first run of an interval", []string{"interval_id", "1", "start_time", "'2026-02-02 07:00:03'"}, "", "", "2026-02-02T07:00:03Z"},
	{"bug 8: hours of a zone far away", []string{"crontab_id", "2"}, crontab("15", "9", "*", "*", "*", "Asia/Kathmandu"), "", "2026-02-01T03:30:00Z"},
	{"bug 9: clocked days ahead", []string{"clocked_id", "1"}, "", "", "2026-02-01T12:30:00.25Z"},
	{
		"bug 14: an interval of 0 seconds",
		[]string{"interval_id", "2"},
		"insert into django_celery_beat_intervalschedule (id, every, period) values (2, 0, 'seconds')", "every", "",
	},
	{"several schedules: Celery's order", []string{"crontab_id", "1", "interval_id", "1"}, "", "", "2026-01-31T08:00:10Z"},
	{"an interval that is gone", []string{"interval_id", "7"}, "", "interval_id", ""},
	{"a crontab that is gone", []string{"crontab_id", "7"}, "", "crontab_id", ""},
	{"a zone that there is none of", []string{"crontab_id", "2"}, crontab("0", "0", "*", "*", "*", "Mars/Base"), "timezone", ""},
	{"settings that there are none of", []string{"interval_id", "1", "headers", `'{"beat": {"windows": "1h"}}'`}, "", "headers.beat", ""},
	{"a setting that is no length of time", []string{"interval_id", "1", "headers", `'{"beat": {"window": "soon"}}'`}, "", "headers.beat", ""},
	{"a header that has the name of ours", []string{"interval_id", "1", "headers", `'{"beat": "mine"}'`}, "", "", "2026-01-31T08:00:10Z"},
	{"a priority out of range", []string{"interval_id", "1", "priority", "70000"}, "", "priority", ""},
}

func crontab(minute, hour, day, month, week string, zone ...string) string {
	return "insert into django_celery_beat_crontabschedule (id, minute, hour, day_of_month, month_of_year, day_of_week, timezone)" +
		" values (2, '" + minute + "', '" + hour + "', '" + day + "', '" + month + "', '" + week + "', '" +
		append(zone, "UTC")[0] + "')"
}

// Each fault is one row's own, named by field, value and reason, and never written to.
func TestQuirks(t *testing.T) {
	t.Parallel()
	build, err := message.NewBuilder(message.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	compile := beat.NewCompiler(kinds.NewCompiler(time.UTC, nil), build)
	for _, q := range quirks {
		t.Run(q.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, "sqlite", databases[0].fresh(t), newest)
			s.schedules(t)
			if q.sql != "" {
				s.exec(t, q.sql)
			}
			s.task(t, 1, q.row...)
			s.task(t, 2, "interval_id", "1")
			got := loaded(t, s.open(t))
			healthy := got["2"]
			if _, bad := compile.Plan(&healthy); bad != nil {
				t.Errorf("the row beside it: %v", bad)
			}
			e := got["1"]
			plan, bad := compile.Plan(&e)
			if q.bad != "" {
				if bad == nil || bad.Field != q.bad || bad.Problem == "" || bad.Name != "task 1" {
					t.Errorf("quarantine is %+v, want it about %s", bad, q.bad)
				}
				return
			}
			if bad != nil {
				t.Fatal(bad)
			}
			next, ok := plan.Next(changed)
			if text := next.Format(time.RFC3339Nano); ok != (q.next != "") || ok && text != q.next {
				t.Errorf("next run is %s, %v, want %q", text, ok, q.next)
			}
		})
	}
}

// Bug 4: what runs once is off afterwards with a count of 0, so that both schedulers run it again when somebody enables
// it; a task that ran before and is made a one-off then runs once more.
func TestBug4OneOff(t *testing.T) {
	eachDatabase(t, func(t *testing.T, s *site) {
		s.schedules(t)
		s.task(t, 1, "interval_id", "1", "total_run_count", "7", "last_run_at", "'2026-01-31 08:00:00'")
		st := s.open(t)
		l := lead(t, st)
		claim(t, st, l, []beat.EntryID{"1"}, beat.Decision{ID: "1", To: changed})
		s.exec(t, "update django_celery_beat_periodictask set one_off = true")
		if e := loaded(t, st)["1"]; !e.OneOff || !e.Enabled || e.Bad != nil {
			t.Fatalf("the row is %+v, want it to run", e)
		}
		at := changed.Add(10 * time.Second)
		claim(t, st, l, []beat.EntryID{"1"}, beat.Decision{ID: "1", Prev: changed, To: at, Fire: true, End: beat.EndTask})
		if got, want := s.told(t, "1"), (told{false, 0, at, changed}); got != want {
			t.Errorf("told %+v, want %+v", got, want)
		}
	})
}

// Bug 8: of a crontab whose hour is far from now, the row is there all the same, and counts from its last run, so that
// the run that was missed is due at the start.
func TestBug8MissedIsDueAtStart(t *testing.T) {
	eachDatabase(t, func(t *testing.T, s *site) {
		s.schedules(t)
		s.task(t, 1, "crontab_id", "1", "last_run_at", "'2026-01-28 08:00:00'", "date_changed", "'2026-01-01 00:00:00'")
		e := loaded(t, s.open(t))["1"]
		build, err := message.NewBuilder(message.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		plan, bad := beat.NewCompiler(kinds.NewCompiler(time.UTC, nil), build).Plan(&e)
		if bad != nil {
			t.Fatal(bad)
		}
		if next, ok := plan.Next(e.RanAt); !ok || !next.Equal(time.Date(2026, 1, 29, 8, 0, 0, 0, time.UTC)) {
			t.Errorf("due %v, %v after the last run at %v, want the morning after", next, ok, e.RanAt)
		}
	})
}
