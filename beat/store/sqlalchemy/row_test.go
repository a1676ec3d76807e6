package sqlalchemy_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/schedule/kinds"
	"github.com/gobeat/gobeat/beat/store/foreign/foreigntest"
	"github.com/gobeat/gobeat/beat/store/sqlalchemy"
	"github.com/gobeat/gobeat/broker/message"
)

// Every column becomes a field of the entry, in every release, on every database.
func TestColumns(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.schedules(t)
		s.task(t, 1, "interval 1", "args", `'[1.0, "ü"]'`, "kwargs", `'{"a":null}'`, "queue", "'q'", "exchange", "'x'",
			"routing_key", "'r.k'", "priority", "0", "expires", "'2027-01-01 00:00:00'", "description", "'why'",
			"start_time", "'2026-01-01 00:00:00'", "last_run_at", "'2026-01-30 08:00:00'")
		s.task(t, 2, "crontab 1", "enabled", "false", "one_off", "true")
		priority := 0
		want := map[beat.EntryID]beat.Entry{
			"1": {
				ID: "1", TaskID: "1", Name: "task 1", Description: "why", Task: "site.echo", Active: true, Enabled: true,
				Args: json.RawMessage(`[1.0, "ü"]`), Kwargs: json.RawMessage(`{"a":null}`), Queue: "q", Exchange: "x", RoutingKey: "r.k",
				Priority: &priority, Expires: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
				StartTime: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
				Spec:      schedule.Spec{Kind: schedule.KindInterval, Every: 10, Period: "seconds"},
				CreatedAt: changed, ModifiedAt: changed, RanAt: time.Date(2026, 1, 30, 8, 0, 0, 0, time.UTC),
			},
			"2": {
				ID: "2", TaskID: "2", Name: "task 2", Task: "site.echo", Active: true, OneOff: true, Args: json.RawMessage("[]"),
				Kwargs: json.RawMessage("{}"),
				Spec: schedule.Spec{
					Kind: schedule.KindCrontab, Minute: "0", Hour: "9", DayOfMonth: "*", MonthOfYear: "*", DayOfWeek: "mon-fri",
					Timezone: "Europe/Berlin",
				},
				CreatedAt: changed, ModifiedAt: changed,
			},
		}
		if d := cmp.Diff(want, foreigntest.Loaded(t, s.open(t))); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}

// quirk is a row as SQL and old programs leave it, and what becomes of it; the names are those of the faults of the
// schedulers. The crontab with the key 2 has the fields of crontab.
type quirk struct {
	name     string
	crontab  []string // minute, hour, day of month, month, day of week, zone
	schedule string
	others   []string // columns and values
	bad      string   // field of the quarantine; empty: the row runs
	next     string   // its first run after 2026-01-31 08:00 UTC; empty: none
}

// quirks are those of both packages.
var quirks = []quirk{
	{"bug 1: minute 61 was skipped without a word", []string{"61", "*", "*", "*", "*", "UTC"}, "crontab 2", nil, "minute", ""},
	{"bug 1: an empty part killed beat", []string{"1,,2", "*", "*", "*", "*", "UTC"}, "crontab 2", nil, "minute", ""},
	{"bug 1: 30 February killed beat", []string{"0", "0", "30", "2", "*", "UTC"}, "crontab 2", nil, "", ""},
	{"bug 1: dow 7 was never run", []string{"0", "0", "*", "*", "7", "UTC"}, "crontab 2", nil, "", "2026-02-01T00:00:00Z"},
	{"bug 2: args that are no JSON switched the row off", nil, "interval 1", []string{"args", "'{bad'"}, "args", ""},
	{"bug 2: kwargs that are no object", nil, "interval 1", []string{"kwargs", "'[]'"}, "kwargs", ""},
	{"bug 2: no schedule switched the row off", nil, "", nil, "schedule", ""},
	{"bug 3: an expired row was sent on and on", nil, "interval 1", []string{"expires", "'2026-01-31 08:00:05'"}, "", ""},
	{
		"bug 5: start_time is no run of a crontab", nil, "crontab 1",
		[]string{"start_time", "'2026-02-02 07:00:00'"},
		"", "2026-02-02T08:00:00Z",
	},
	{"bug 13: empty texts", nil, "interval 1", []string{"args", "''", "kwargs", "''", "queue", "''"}, "", "2026-01-31T08:00:10Z"},
	{"a row that ran before it became one_off", nil, "interval 1", []string{"one_off", "true", "total_run_count", "3"}, "", "2026-01-31T08:00:10Z"},
	{"a zone that there is none of", []string{"0", "0", "*", "*", "*", "Mars/Base"}, "crontab 2", nil, "timezone", ""},
	{"a row that was never changed", nil, "interval 1", []string{"date_changed", "null", "last_run_at", "'2026-01-31 08:00:03'"}, "", "2026-01-31T08:00:13Z"},
}

// ofCeleryBeat are those that only the tables of sqlalchemy-celery-beat can hold.
var ofCeleryBeat = []quirk{
	{"bug 2: headers that are a list", nil, "interval 1", []string{"headers", "'[1]'"}, "headers", ""},
	{"bug 12: both kinds of expiry", nil, "interval 1", []string{"expire_seconds", "5", "expires", "'2026-02-01 00:00:00'"}, "", "2026-01-31T08:00:10Z"},
	{"a schedule that is gone", nil, "interval 7", nil, "schedule_id", ""},
	{"a schedule of another type with the same key", nil, "clocked 1", nil, "schedule_id", ""},
	{"settings of ours", nil, "interval 1", []string{"headers", `'{"beat": {"windows": "1h"}}'`}, "headers.beat", ""},
}

// ofCeleryScheduler are those that only the tables of celery-sqlalchemy-scheduler can hold.
var ofCeleryScheduler = []quirk{
	{"a row without a name", nil, "interval 1", []string{"name", "null"}, "", "2026-01-31T08:00:10Z"},
	{"a row without a task", nil, "interval 1", []string{"task", "null"}, "task", ""},
	{"nothing but a schedule", nil, "interval 1", []string{"args", "null", "kwargs", "null", "one_off", "null"}, "", "2026-01-31T08:00:10Z"},
	{"a schedule that is gone", nil, "interval 7", nil, "interval_id", ""},
	{"several schedules: the first counts", nil, "interval 1", []string{"crontab_id", "1"}, "", "2026-01-31T08:00:10Z"},
}

// Each fault is one row's own, named by field, value and reason, and never written to.
func TestQuirks(t *testing.T) {
	t.Parallel()
	build, err := message.NewBuilder(message.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	compile := beat.NewCompiler(kinds.NewCompiler(time.UTC, nil), build)
	for _, r := range []release{releases[0], releases[2]} {
		list := slices.Concat(quirks, ofCeleryBeat)
		if r.pkg == sqlalchemy.CeleryScheduler {
			list = slices.Concat(quirks, ofCeleryScheduler)
		}
		for _, q := range list {
			t.Run(r.name+" "+q.name, func(t *testing.T) {
				t.Parallel()
				s := newSite(t, foreigntest.Databases()[0], r)
				s.schedules(t)
				if c := q.crontab; c != nil {
					s.crontab(t, 2, c[0], c[1], c[2], c[3], c[4], c[5])
				}
				s.task(t, 1, q.schedule, q.others...)
				s.task(t, 2, "interval 1")
				q.check(t, foreigntest.Loaded(t, s.open(t)), compile)
				if told := s.Told(t, s.tasks, "1"); !told.Enabled {
					t.Error("the row was switched off")
				}
			})
		}
	}
}

func (q *quirk) check(t *testing.T, got map[beat.EntryID]beat.Entry, compile *beat.Compiler) {
	t.Helper()
	healthy := got["2"]
	if _, bad := compile.Plan(&healthy); bad != nil {
		t.Errorf("the row beside it: %v", bad)
	}
	e := got["1"]
	plan, bad := compile.Plan(&e)
	if q.bad != "" {
		if bad == nil || bad.Field != q.bad || bad.Problem == "" {
			t.Errorf("quarantine is %+v, want it about %s", bad, q.bad)
		}
		return
	}
	if bad != nil {
		t.Fatal(bad)
	}
	after := changed
	if !e.RanAt.IsZero() {
		after = e.RanAt
	}
	next, ok := plan.Next(after)
	if text := next.Format(time.RFC3339Nano); ok != (q.next != "") || ok && text != q.next {
		t.Errorf("next run is %s, %v, want %q", text, ok, q.next)
	}
}
