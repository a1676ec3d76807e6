package cli_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAdd(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want string
	}{
		{
			"crontab",
			[]string{
				"add", "nightly", "--task", "proj.clean", "--crontab", "30 2 * * *", "--timezone", "Europe/Berlin",
				"--start-time", "2999-07-01 00:00",
			},
			`added nightly (schedule 1)
  task      proj.clean
  when      at 02:30 every day
  schedule  crontab 30 2 * * * in Europe/Berlin
  next      Mon 2999-07-01 02:30:00 CEST +02:00
            Tue 2999-07-02 02:30:00 CEST +02:00
            Wed 2999-07-03 02:30:00 CEST +02:00
`,
		},
		{
			"seconds",
			[]string{
				"add", "often", "--task", "a", "--crontab", "* * * * *", "--second", "*/20",
				"--start-time", "2999-07-01T00:00:01Z", "--end-time", "2999-07-01T00:00:40Z",
			},
			`added often (schedule 1)
  task      a
  when      every 20 seconds
  schedule  crontab */20 * * * * * in UTC
  next      Mon 2999-07-01 00:00:20 UTC +00:00
            Mon 2999-07-01 00:00:40 UTC +00:00
`,
		},
		{
			"interval",
			[]string{
				"add", "ping", "--task", "a", "--every", "10", "--period", "minute", "--start-time", "2999-07-01T00:00:00Z",
				"--max-runs", "2",
			},
			`added ping (schedule 1)
  task      a
  when      every 10 minutes
  schedule  interval 10 minutes in UTC
  next      Mon 2999-07-01 00:00:00 UTC +00:00
            Mon 2999-07-01 00:10:00 UTC +00:00
`,
		},
		{
			"clocked",
			[]string{"add", "once", "--task", "a", "--at", "2999-01-01T10:00:00+01:00", "--timezone", "Asia/Kolkata"},
			`added once (schedule 1)
  task      a
  when      once at Tue 2999-01-01 14:30:00 IST +05:30
  schedule  clocked 2999-01-01T09:00:00Z in Asia/Kolkata
  next      Tue 2999-01-01 14:30:00 IST +05:30
`,
		},
		{
			"cron",
			[]string{"add", "yearly", "--task", "a", "--cron", "@yearly", "--one-off", "--start-time", "2999-01-01T00:00:01Z"},
			`added yearly (schedule 1)
  task      a
  when      cron @yearly
  schedule  cron @yearly in UTC
  next      Wed 3000-01-01 00:00:00 UTC +00:00
`,
		},
		{
			"disabled",
			[]string{"add", "later", "--task", "a", "--every", "1h30m", "--disabled"},
			`added later (schedule 1)
  task      a
  when      every 90 minutes
  schedule  interval 90 minutes in UTC
  next      never: disabled
`,
		},
		{
			"never",
			[]string{"add", "never", "--task", "a", "--crontab", "0 0 31 2 *"},
			`added never (schedule 1)
  task      a
  when      at 00:00 on day 31 of the month in month 2
  schedule  crontab 0 0 31 2 * in UTC
  next      never: no date matches it
`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, newShell(t).ok(t, tt.args...)); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAddRefused shows that nothing bad is written, and what the person is told instead.
func TestAddRefused(t *testing.T) {
	t.Parallel()
	tests := []struct{ args, want string }{
		{"", "NAME of the task is missing; see beat add --help"},
		{"a b --task t --every 1m", "add takes one NAME, not 2; quote values that contain blanks"},
		{"a --every 1m", "--task is missing: the registered name of the task that workers run"},
		{"a --task t", "a schedule is missing: give one of --crontab, --every, --at, --cron, --rrule, --solar"},
		{"a --task t --period hours", "a schedule is missing: give one of --crontab, --every, --at, --cron, --rrule, --solar"},
		{"a --task t --every 1m --cron @daily", "--every and --cron cannot stand together: a schedule is one of them"},
		{"a --task t --every 1m --period hours", "--period: --every 1m states its unit already"},
		{"a --task t --cron @daily --second 5", "--second: belongs to a crontab"},
		{"a --task t --crontab *_*_*", `--crontab: "* * *" has 3 fields, five are wanted: ` +
			"minute hour day_of_month month_of_year day_of_week, or six with the second in front"},
		{"a --task t --crontab *_*_*_*_8", `day_of_week: "8" is out of range 0-7`},
		{"a --task t --every 0", `every: "0" is out of range 1-9223372036 for seconds`},
		{"a --task t --every 0s", `--every: "0s" is not a whole number of microseconds above 0`},
		{"a --task t --every soon", `--every: "soon" is not an interval such as 10s, 1h30m, 2d or 10`},
		{
			"a --task t --every 1 --period weeks",
			`period: "weeks" is not one of microseconds, seconds, minutes, hours, days`,
		},
		{"a --task t --at noon", `--at: "noon" is not a time such as 2026-01-01T10:00:00Z, 2026-01-01T10:00:00+01:00 ` +
			`or "2026-01-01 10:00"`},
		{
			"a --task t --every 1m --timezone Mars",
			`--timezone: "Mars" is not a zone of the IANA database such as Europe/Berlin or UTC`,
		},
		{"a --task t --every 1m --args {}", "--args: is JSON, but not an array"},
		{"a --task t --every 1m --kwargs [1]", "--kwargs: is JSON, but not an object"},
		{"a --task t --every 1m --kwargs {", "--kwargs: is not a JSON object: unexpected end of JSON input"},
		{"a --task t --every 1m --options {\"priority\":300}", `priority: "300" is not between 0 and 255`},
		{"a --task t --every 1m --priority high", `--priority: "high" is not a whole number`},
		{"a --task t --every 1m --priority 256", `priority: "256" is not between 0 and 255`},
		{
			"a --task t --every 1m --expire-seconds NaN",
			`--expire-seconds: "NaN" is not a number of seconds between 0 and 3162240000`,
		},
		{"a --task t --every 1m --max-runs -1", `max_runs: "-1" is negative`},
		{"a --task t --every 1m --jitter -1s", "--jitter: is negative"},
		{"a --task t --every 1m --misfire never", `misfire: "never" is not one of last, skip, all`},
		{"a --task t --every 1m --delivery twice", `delivery: "twice" is not one of at_least_once, at_most_once`},
		{"a --task t --every 1m --one-off=perhaps", `--one-off: "perhaps" is not true or false`},
		{"a --to b --every 1m", "NAME and --to cannot stand together: --to adds a schedule to a task that has a name"},
		{"--to b --every 1m --queue q --disabled", "--queue, --disabled: belongs to the task; change it by `beat edit b`"},
	}
	s := newShell(t)
	for _, tt := range tests {
		args := strings.Fields("add " + tt.args)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "_", " ")
		}
		s.refused(t, 2, "beat: "+tt.want, args...)
	}
	if got := s.ok(t, "list", "-o", "json"); got != "[]\n" {
		t.Errorf("rows afterwards: %s, want none", got)
	}
}

func TestAddExisting(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.ok(t, "add", "ping", "--task", "proj.ping", "--every", "1h", "--kwargs", `{"a": 1}`, "--queue", "mail")
	s.refused(t, 1, `beat: task "ping" exists already; to give it a further schedule: beat add --to "ping" …`,
		"add", "ping", "--task", "proj.ping", "--every", "1h")
	s.ok(t, "add", "--to", "ping", "--at", "2999-01-01", "--schedule-kwargs", `{"a": 2}`)

	var got []struct {
		ID, Name, Task, Queue string
		Kwargs                json.RawMessage
		ScheduleKwargs        json.RawMessage `json:"schedule_kwargs"`
		Schedule              struct{ Kind string }
	}
	s.decode(t, &got, "show", "ping")
	if len(got) != 2 {
		t.Fatalf("%d schedules, want 2", len(got))
	}
	if k := got[1]; k.Task != "proj.ping" || k.Queue != "mail" || k.Schedule.Kind != "clocked" ||
		compact(t, k.Kwargs) != `{"a":1}` || compact(t, k.ScheduleKwargs) != `{"a":2}` {
		t.Errorf("second schedule: %+v", k)
	}
}

// TestAddAllFields writes every field and reads it back.
func TestAddAllFields(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.ok(t, "add", "all", "--task", "proj.all", "--crontab", "1,2 3 4 5 mon", "--timezone", "Europe/Berlin",
		"--args", `[1, "ü"]`, "--kwargs", `{"b": 1, "a": 2}`, "--queue", "mail", "--exchange", "ex", "--routing-key", "rk",
		"--priority", "7", "--headers", `{"h": "v"}`, "--expires", "2999-01-01 00:00", "--expire-seconds", "1.5",
		"--options", `{"time_limit": 60}`, "--one-off", "--start-time", "2999-01-01T00:00:00Z",
		"--end-time", "2999-06-01 00:00", "--max-runs", "5", "--misfire", "skip", "--misfire-window", "90",
		"--delivery", "at_most_once", "--description", "a  note", "--jitter", "2m", "--schedule-kwargs", `{"c": 3}`)
	var got []map[string]any
	s.decode(t, &got, "list")
	for _, volatile := range []string{"created_at", "modified_at", "next", "task_id"} {
		delete(got[0], volatile)
	}
	want := map[string]any{
		"id": "1", "name": "all", "description": "a  note", "task": "proj.all",
		"args": []any{1.0, "ü"}, "kwargs": map[string]any{"b": 1.0, "a": 2.0}, "queue": "mail", "exchange": "ex",
		"routing_key": "rk", "priority": 7.0, "headers": map[string]any{"h": "v"},
		"expires": "2998-12-31T23:00:00Z", "expire_seconds": 1.5, "options": map[string]any{"time_limit": 60.0},
		"enabled": true, "one_off": true, "start_time": "2999-01-01T00:00:00Z", "end_time": "2999-05-31T22:00:00Z",
		"max_runs": 5.0, "misfire": "skip", "misfire_window": 90e9, "delivery": "at_most_once",
		"schedule": map[string]any{
			"kind": "crontab", "minute": "1,2", "hour": "3", "day_of_month": "4", "month_of_year": "5", "day_of_week": "mon",
			"timezone": "Europe/Berlin",
		},
		"schedule_kwargs": map[string]any{"c": 3.0}, "jitter": 120e9, "active": true,
		"when": "crontab 1,2 3 4 5 mon", "zone": "Europe/Berlin", "runs": 0.0, "reason": "it ends, by end_time or expires, before a next run",
	}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
}

func TestEdit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want map[string]any // fields that change; nil: they are gone
	}{
		{"task", []string{"--task", "proj.b"}, map[string]any{"task": "proj.b"}},
		{
			"clear",
			[]string{"--priority", "", "--kwargs", "", "--start-time", ""},
			map[string]any{"priority": nil, "kwargs": nil, "start_time": nil},
		},
		{"zone", []string{"--timezone", "UTC"}, map[string]any{"zone": "UTC", "schedule": map[string]any{
			"kind": "crontab", "second": "5", "minute": "30", "hour": "2", "day_of_month": "*", "month_of_year": "*",
			"day_of_week": "*", "timezone": "UTC",
		}}},
		{"crontab keeps zone and second", []string{"--crontab", "0 3 * * *"}, map[string]any{"schedule": map[string]any{
			"kind": "crontab", "second": "5", "minute": "0", "hour": "3", "day_of_month": "*", "month_of_year": "*",
			"day_of_week": "*", "timezone": "Europe/Berlin",
		}, "when": "crontab 5 0 3 * * *"}},
		{"second", []string{"--second", "0"}, map[string]any{"schedule": map[string]any{
			"kind": "crontab", "second": "0", "minute": "30", "hour": "2", "day_of_month": "*", "month_of_year": "*",
			"day_of_week": "*", "timezone": "Europe/Berlin",
		}, "when": "at 02:30 every day"}},
		{"other kind", []string{"--every", "2d"}, map[string]any{"schedule": map[string]any{
			"kind": "interval", "every": 2.0, "period": "days", "timezone": "Europe/Berlin",
		}, "when": "every 2 days"}},
		{"off again", []string{"--one-off=false", "--max-runs", "0"}, map[string]any{"one_off": nil, "max_runs": nil}},
		{"name", []string{"--name", "other"}, map[string]any{"name": "other"}},
		{
			"local time of the zone",
			[]string{"--end-time", "2999-09-01 12:00"},
			map[string]any{"end_time": "2999-09-01T10:00:00Z"},
		},
	}
	s := newShell(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.ok(t, "add", "x", "--task", "proj.a", "--crontab", "30 2 * * *", "--second", "5", "--timezone", "Europe/Berlin",
				"--kwargs", `{"a": 1}`, "--priority", "3", "--one-off", "--max-runs", "9", "--start-time", "2999-01-01",
				"--jitter", "5s")
			var before, after []map[string]any
			s.decode(t, &before, "list")
			s.ok(t, append([]string{"edit", "x"}, tt.args...)...)
			s.decode(t, &after, "list")
			want := before[0]
			for field, v := range tt.want {
				want[field] = v
				if v == nil {
					delete(want, field)
				}
			}
			for _, volatile := range []string{"next", "modified_at"} {
				delete(want, volatile)
				delete(after[0], volatile)
			}
			if diff := cmp.Diff(want, after[0]); diff != "" {
				t.Errorf("row (-want +got):\n%s", diff)
			}
			s.ok(t, "remove", after[0]["name"].(string))
		})
	}
}

func TestEditRefused(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.ok(t, "add", "ping", "--task", "proj.ping", "--every", "1h")
	s.ok(t, "add", "--to", "ping", "--every", "2h", "--schedule-kwargs", `{"a": 1}`)
	s.ok(t, "add", "other", "--task", "proj.ping", "--every", "1h")
	before := s.ok(t, "list", "-o", "json")
	for _, tt := range []struct {
		code int
		want string
		args []string
	}{
		{2, "nothing to change; give the fields as flags, see beat edit --help", []string{"ping"}},
		{2, `"ping" has 2 schedules; choose one with --schedule: 1, 2`, []string{"ping", "--every", "3h"}},
		{2, `"ping" has 2 schedules; choose one with --schedule: 1, 2`, []string{"ping", "--jitter", "3s"}},
		{1, `schedule "9" of "ping": not found; it has 1, 2`, []string{"ping", "--every", "3h", "--schedule", "9"}},
		{1, `task "pign": not found; did you mean "ping"?`, []string{"pign", "--every", "3h"}},
		{1, `task "zzz": not found: ` + "`beat list` shows all", []string{"zzz", "--every", "3h"}},
		{1, `rename "other": a task "ping" exists already`, []string{"other", "--name", "ping"}},
		{2, "--name: a task needs a name", []string{"other", "--name", ""}},
		{2, "beat edit takes one NAME, not 2; see beat edit --help", []string{"other", "ping", "--every", "3h"}},
		{2, `priority: "300" is not between 0 and 255`, []string{"ping", "--priority", "300"}},
		{2, `task: "" is empty`, []string{"ping", "--task", ""}},
	} {
		s.refused(t, tt.code, "beat: "+tt.want, append([]string{"edit"}, tt.args...)...)
	}
	if diff := cmp.Diff(before, s.ok(t, "list", "-o", "json")); diff != "" {
		t.Errorf("rows changed:\n%s", diff)
	}
}

func TestSwitch(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.ok(t, "add", "a", "--task", "t", "--at", "2999-01-01T00:00:00Z")
	s.ok(t, "add", "b", "--task", "t", "--at", "2999-01-02T00:00:00Z")
	s.ok(t, "add", "--to", "b", "--at", "2999-01-03T00:00:00Z")
	running := func(want string) {
		t.Helper()
		var rows []struct {
			ID              string
			Enabled, Active bool
		}
		s.decode(t, &rows, "list")
		var got []string
		for _, r := range rows {
			if r.Enabled && r.Active {
				got = append(got, r.ID)
			}
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("running: %q, want %q", g, want)
		}
	}
	want := `disabled a (schedule 1)
  task      t
  when      once at Tue 2999-01-01 00:00:00 UTC +00:00
  schedule  clocked 2999-01-01T00:00:00Z in UTC
  next      never: disabled
`
	if diff := cmp.Diff(want, s.ok(t, "disable", "a")); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
	running("2 3")
	s.ok(t, "disable", "a", "b")
	running("")
	s.ok(t, "enable", "b", "a", "b")
	running("1 2 3")
	s.ok(t, "disable", "b", "--schedule", "3")
	s.ok(t, "disable", "b", "--schedule", "3")
	running("1 2")
	s.ok(t, "enable", "b", "--schedule", "3")
	running("1 2 3")
	s.refused(t, 2, "beat: --schedule means a schedule of one task, but there are 2 names", "enable", "a", "b", "--schedule", "1")
	s.refused(t, 1, `beat: schedule "1" of "b": not found; it has 2, 3`, "enable", "b", "--schedule", "1")
	s.refused(t, 1, `beat: task "C": not found: `+"`beat list` shows all", "disable", "C")
	s.refused(t, 2, "beat: NAME is missing; see beat enable --help", "enable")
}

func TestRemove(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.refused(t, 1, `beat: task "a": not found: there are no tasks yet, `+"`beat add` makes one", "remove", "a")
	s.ok(t, "add", "alpha", "--task", "t", "--every", "1h")
	s.ok(t, "add", "beta", "--task", "t", "--every", "1h")
	s.ok(t, "add", "--to", "beta", "--every", "2h")
	s.refused(t, 1, `beat: task "alpa": not found; did you mean "alpha"?`, "remove", "beta", "alpa")
	if got, want := s.ok(t, "remove", "beta", "--schedule", "2"), "removed schedule 2 of beta, which has 1 left\n"; got != want {
		t.Errorf("output %q, want %q", got, want)
	}
	if got, want := s.ok(t, "remove", "beta", "alpha", "beta"), "removed beta\nremoved alpha\n"; got != want {
		t.Errorf("output %q, want %q", got, want)
	}
	if got := s.ok(t, "list", "-o", "json"); got != "[]\n" {
		t.Errorf("rows afterwards: %s, want none", got)
	}
}
