package cli_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestForecast(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	for _, args := range []string{
		"nightly --task t --crontab 30_2_*_*_* --timezone America/New_York",
		"hourly --task t --crontab 0_*_*_*_* --timezone America/New_York",
		"never --task t --crontab 0_0_30_2_*",
		"ends --task t --every 1h --end-time 2026-06-01T00:00:00Z",
		"nine --task t --crontab 0_9_*_*_*", "also --task t --crontab 0_9_*_*_*",
	} {
		if _, errs, code := s.run(t, "", append([]string{"add"}, spaced(args)...)...); code != 0 {
			t.Fatal(errs)
		}
	}
	out, errs, code := s.run(t, "", "forecast", "--from", "2026-03-01T00:00:00Z", "--days", "300", "--busiest", "1", "--output", "json")
	if code != 0 {
		t.Fatal(errs)
	}
	var got struct {
		Changes []struct{ Name, Effect, Text string }
		Never   []struct{ Name, Text string }
		Ending  []struct{ Name, Text string }
		Busiest struct {
			Seconds []struct {
				At   string
				Runs int
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var changes []string
	for _, c := range got.Changes {
		changes = append(changes, c.Name+" "+c.Effect+": "+c.Text)
	}
	want := []string{
		"nightly moved: 02:30 does not exist; one run at 03:30 EDT instead",
		"hourly doubled: 01:00: comes twice, runs twice",
	}
	if diff := cmp.Diff(want, changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if len(got.Never) != 1 || got.Never[0].Name != "never" || got.Never[0].Text != "no date matches it" {
		t.Errorf("never: %+v", got.Never)
	}
	if len(got.Ending) != 1 || got.Ending[0].Name != "ends" {
		t.Errorf("ending: %+v", got.Ending)
	}
	if b := got.Busiest.Seconds; len(b) != 1 || b[0].At != "2026-03-01T09:00:00Z" || b[0].Runs < 3 {
		t.Errorf("busiest: %+v", b)
	}
	text, _, _ := s.run(t, "", "forecast", "nightly", "--from", "2026-03-01T00:00:00Z", "--days", "30")
	for _, part := range []string{"clock changes", "Sun 2026-03-08", "-05:00 to -04:00", "03:30 EDT", "each schedule that is on has a run"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in\n%s", part, text)
		}
	}
}

// spaced splits arguments and turns underscores into blanks, as in crontabs.
func spaced(args string) []string {
	words := strings.Fields(args)
	for i := range words {
		if strings.Count(words[i], "_") == 4 {
			words[i] = strings.ReplaceAll(words[i], "_", " ")
		}
	}
	return words
}

func TestForecastRefused(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"forecast --days 0":        "--days: 0 is out of range 1-3660",
		"forecast --busiest -1":    "--busiest: -1 is out of range 0-1000",
		"forecast --from tomorrow": `--from: "tomorrow" is not a time`,
		"forecast a b":             "forecast takes one NAME, not 2",
	} {
		_, errs, code := newShell(t).run(t, "", strings.Fields(args)...)
		if code != 2 || !strings.Contains(errs, want) {
			t.Errorf("%s: exit code %d, %q, want %q", args, code, errs, want)
		}
	}
}

func TestLintFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, in string
		code     int
		want     string
	}{
		{
			"beat_schedule", "beat_schedule:\n  a: {task: x.y, schedule: 30, args: [1]}\n  b: {task: x.y, schedule: {minute: '61'}}\n" +
				"  c: {task: x.z, schedule: '*/5 * * * 7'}\n  d: {schedule: 5}\n  e: {task: x, schedule: {event: sunset}}\n", 1,
			"-: b: error: minute: \"61\" is out of range 0-59\n" +
				"-: c: note: day_of_week: \"7\" names Sunday as 7, which Celery refuses; 0 is Sunday everywhere\n" +
				"-: d: error: task is empty\n-: e: error: latitude is missing, a number of degrees is wanted\n",
		},
		{
			"lines", `{"id": 1, "kind": "crontab", "minute": "1-5 x"}` + "\n" + `{"id": "b", "kind": "interval", "every": 0, "period": "days"}`, 1,
			"-: 1: warning: minute: \"1-5 x\" is read as \"1,2,3,4,5\", as Celery does by accident; write that\n" +
				"-: b: error: every: \"0\" is out of range 1-106751 for days\n",
		},
		{
			"a list", `[{"name": "n", "task": "t", "enabled": true, "active": true, "schedule": {"kind": "crontab", "hour": "*/5"}},` +
				`{"name": "m", "task": "t", "enabled": true, "active": true, "schedule": {"kind": "crontab", "hour": "*/5"}}]`, 0,
			"-: n: warning: hour: \"*/5\" begins anew after each round: the last distance is 4, not 5\n" +
				"-: n: warning: minute: \"*\" runs at every minute of the hours \"*/5\"; 0 is once an hour\n" +
				"-: m: warning: hour: \"*/5\" begins anew after each round: the last distance is 4, not 5\n" +
				"-: m: warning: minute: \"*\" runs at every minute of the hours \"*/5\"; 0 is once an hour\n" +
				"-: m: warning: runs the same task with the same arguments at the same times as \"n\"\n",
		},
		{"nothing wrong", "a: {task: t, schedule: {kind: rrule, expression: FREQ=DAILY}}", 0, "-: a: note: kind: \"rrule\" is unknown to Celery\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, errs, code := newShell(t).run(t, tt.in, "lint", "-")
			if diff := cmp.Diff(tt.want, out); diff != "" || code != tt.code {
				t.Errorf("exit code %d, want %d; %s (-want +got):\n%s", code, tt.code, errs, diff)
			}
		})
	}
}

func TestLintRows(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	out, errs, code := s.run(t, "", "lint")
	if code != 0 || out != "nothing to remark\n" {
		t.Errorf("no rows: exit code %d, %q, %q", code, out, errs)
	}
	if _, errs, code := s.run(t, "", "add", "odd", "--task", "t", "--crontab", "0 0 13 * fri"); code != 0 {
		t.Fatal(errs)
	}
	out, _, code = s.run(t, "", "lint", "--strict")
	if code != 1 || !strings.HasPrefix(out, "database: odd: warning: day_of_week: \"fri\" counts together with day_of_month \"13\"") {
		t.Errorf("exit code %d, %q", code, out)
	}
}
