package cli_test

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/cmd/beat/cli"
)

func TestNextStdin(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, line, want string }{
		{
			"crontab", `{"id": 1, "kind": "crontab", "minute": "*/5", "hour": "*", "day_of_month": "*", "month_of_year": "*",` +
				`"day_of_week": "*", "timezone": "Europe/Berlin", "after": "2025-03-30T00:59:00Z", "count": 3}`,
			`{"id": 1, "next": ["2025-03-30T01:00:00Z", "2025-03-30T01:05:00Z", "2025-03-30T01:10:00Z"]}`,
		},
		{
			"count is one", `{"id": "a", "kind": "crontab", "minute": "0", "after": "2025-01-01T00:00:00Z"}`,
			`{"id": "a", "next": ["2025-01-01T01:00:00Z"]}`,
		},
		{
			"seconds", `{"id": 1, "kind": "crontab", "second": "*/20", "after": "2025-01-01T00:00:00.5Z", "count": 2}`,
			`{"id": 1, "next": ["2025-01-01T00:00:20Z", "2025-01-01T00:00:40Z"]}`,
		},
		{
			"numbers and lists", `{"id": 1, "kind": "crontab", "minute": 5, "hour": [1, 3], "after": "2025-01-01T00:00:00Z", "count": 3}`,
			`{"id": 1, "next": ["2025-01-01T01:05:00Z", "2025-01-01T03:05:00Z", "2025-01-02T01:05:00Z"]}`,
		},
		{
			"interval", `{"id": 1, "kind": "interval", "every": 10, "period": "seconds", "after": "2025-01-01T00:00:00.123456Z", "count": 2}`,
			`{"id": 1, "next": ["2025-01-01T00:00:10.123456Z", "2025-01-01T00:00:20.123456Z"]}`,
		},
		{
			"until is included", `{"id": 1, "kind": "interval", "every": 1, "period": "hours",` +
				`"after": "2025-01-01T00:00:00Z", "until": "2025-01-01T02:00:00Z"}`,
			`{"id": 1, "next": ["2025-01-01T01:00:00Z", "2025-01-01T02:00:00Z"]}`,
		},
		{
			"until and count", `{"id": 1, "kind": "interval", "every": 1, "period": "hours", "count": 1,` +
				`"after": "2025-01-01T00:00:00Z", "until": "2025-01-01T02:00:00Z"}`,
			`{"id": 1, "next": ["2025-01-01T01:00:00Z"]}`,
		},
		{
			"clocked", `{"id": 1, "kind": "clocked", "clocked_time": "2025-06-01T12:00:00+02:00", "after": "2025-01-01T00:00:00Z", "count": 2}`,
			`{"id": 1, "next": ["2025-06-01T10:00:00Z"]}`,
		},
		{
			"after is excluded", `{"id": 1, "kind": "clocked", "clocked_time": "2025-06-01T10:00:00Z", "after": "2025-06-01T10:00:00Z"}`,
			`{"id": 1, "next": []}`,
		},
		{
			"cron", `{"id": 1, "kind": "cron", "expression": "@daily", "timezone": "UTC", "after": "2025-01-01T00:00:00Z"}`,
			`{"id": 1, "next": ["2025-01-02T00:00:00Z"]}`,
		},
		{
			"never", `{"id": 1, "kind": "crontab", "day_of_month": "31", "month_of_year": "2", "after": "2025-01-01T00:00:00Z"}`,
			`{"id": 1, "next": []}`,
		},
		{
			"id as given", `{"id": {"a": [1, "ü"]}, "kind": "cron", "expression": "x", "after": "2025-01-01T00:00:00Z", "count": 0}`,
			`{"id": {"a": [1, "ü"]}, "error": "count: 0 is out of range 1-100000"}`,
		},
		{
			"no id", `{"kind": "interval", "every": 1, "period": "days", "after": "2025-01-01T00:00:00Z"}`,
			`{"id": null, "next": ["2025-01-02T00:00:00Z"]}`,
		},
		{
			"range", `{"id": 1, "kind": "crontab", "day_of_week": "8", "after": "2025-01-01T00:00:00Z"}`,
			`{"id": 1, "error": "day_of_week: \"8\" is out of range 0-7"}`,
		},
		{
			"empty field", `{"id": 1, "kind": "crontab", "minute": " ", "after": "2025-01-01T00:00:00Z"}`,
			`{"id": 1, "error": "minute: \"\" is empty, a number 0-59 is wanted"}`,
		},
		{
			"null field", `{"id": 1, "kind": "crontab", "minute": null, "after": "2025-01-01T00:00:00Z"}`,
			`{"id": 1, "error": "minute: \"null\" is not a string, an integer or a list of integers"}`,
		},
		{
			"other kind", `{"id": 1, "kind": "moon"}`,
			`{"id": 1, "error": "kind: \"moon\" is not one of crontab, interval, solar, clocked, cron, rrule"}`,
		},
		{"no kind", `{"id": 1}`, `{"id": 1, "error": "kind: is missing; it is one of crontab, interval, solar, clocked, cron, rrule"}`},
		{"no every", `{"id": 1, "kind": "interval", "period": "days"}`, `{"id": 1, "error": "every: is missing"}`},
		{
			"fraction", `{"id": 1, "kind": "interval", "every": 1.5, "period": "days", "after": "2025-01-01T00:00:00Z"}`,
			`{"id": 1, "next": ["2025-01-02T12:00:00Z"]}`,
		},
		{
			"no number of periods", `{"id": 1, "kind": "interval", "every": 1e-9, "period": "seconds"}`,
			`{"id": 1, "error": "every: \"1e-9\" is not a number of seconds from a microsecond to 106751 days"}`,
		},
		{
			"fraction of no period", `{"id": 1, "kind": "interval", "every": 1.5, "period": "fortnights"}`,
			`{"id": 1, "error": "period: \"fortnights\" is not one of microseconds, seconds, minutes, hours, days"}`,
		},
		{
			"start is included", `{"id": 1, "kind": "crontab", "minute": "0", "start_time": "2025-01-02T03:00:00Z",` +
				`"end_time": "2025-01-02T05:00:00+00:00", "after": "2025-01-01T00:00:00Z", "count": 9}`,
			`{"id": 1, "next": ["2025-01-02T03:00:00Z", "2025-01-02T04:00:00Z", "2025-01-02T05:00:00Z"]}`,
		},
		{
			"most runs", `{"id": 1, "kind": "interval", "every": 1, "period": "days", "max_runs": 2,` +
				`"start_time": "2025-02-01T10:00:00Z", "after": "2025-01-01T00:00:00Z", "count": 9}`,
			`{"id": 1, "next": ["2025-02-01T10:00:00Z", "2025-02-02T10:00:00Z"]}`,
		},
		{
			"one run", `{"id": 1, "kind": "cron", "expression": "@daily", "one_off": true, "after": "2025-01-01T00:00:00Z", "count": 9}`,
			`{"id": 1, "next": ["2025-01-02T00:00:00Z"]}`,
		},
		{
			"jitter", `{"id": 1, "kind": "crontab", "minute": "0", "jitter_seconds": 60, "schedule_id": 7,` +
				`"after": "2025-01-01T00:00:00Z", "count": 2}`,
			`{"id": 1, "next": ["2025-01-01T00:00:04.974231Z", "2025-01-01T01:00:04.974231Z"]}`,
		},
		{
			"jitter below zero", `{"id": 1, "kind": "crontab", "jitter_seconds": -1}`,
			`{"id": 1, "error": "jitter_seconds: \"-1\" is out of range 0-31622400"}`,
		},
		{"runs below zero", `{"id": 1, "kind": "crontab", "max_runs": -1}`, `{"id": 1, "error": "max_runs: \"-1\" is below 0"}`},
		{
			"wrong schedule with a start", `{"id": 1, "kind": "crontab", "minute": "60", "start_time": "2025-02-01T10:00:00Z"}`,
			`{"id": 1, "error": "minute: \"60\" is out of range 0-59"}`,
		},
		{
			"misspelt", `{"id": 1, "kind": "crontab", "mintue": "5"}`,
			`{"id": 1, "error": "\"mintue\": is unknown; did you mean \"minute\"?"}`,
		},
		{
			"notes of the caller", `{"id": 1, "kind": "crontab", "tz": "x", "comment": {"a": 1}, "after": "2025-01-01T00:00:00Z"}`,
			`{"id": 1, "next": ["2025-01-01T00:01:00Z"]}`,
		},
		{
			"relative", `{"id": 1, "kind": "interval", "every": 90, "period": "minutes", "relative": true,` +
				`"after": "2025-01-01T10:30:00Z", "count": 3}`,
			`{"id": 1, "next": ["2025-01-01T12:00:00Z", "2025-01-01T13:00:00Z", "2025-01-01T14:00:00Z"]}`,
		},
		{
			"solar", `{"id": 1, "kind": "solar", "event": "sunrise", "latitude": 52.52, "longitude": 13.405,` +
				`"after": "2025-06-21T06:00:00Z"}`,
			`{"id": 1, "next": ["2025-06-22T02:43:25.058Z"]}`,
		},
		{
			"solar without a place", `{"id": 1, "kind": "solar", "event": "sunrise", "latitude": 52.52}`,
			`{"id": 1, "error": "longitude: \"\" is missing, a number of degrees is wanted"}`,
		},
		{
			"rrule", `{"id": 1, "kind": "rrule", "expression": "FREQ=WEEKLY;BYDAY=MO,WE;BYHOUR=9", "timezone": "Europe/Berlin",` +
				`"after": "2025-01-01T00:00:00Z", "count": 3}`,
			`{"id": 1, "next": ["2025-01-01T08:00:00Z", "2025-01-06T08:00:00Z", "2025-01-08T08:00:00Z"]}`,
		},
		{
			"extended", `{"id": 1, "kind": "crontab", "minute": "0", "hour": "9", "day_of_month": "LW", "dst": "skip",` +
				`"exclude": ["2025-01-31", "03-31"], "after": "2025-01-01T00:00:00Z", "count": 2}`,
			`{"id": 1, "next": ["2025-02-28T09:00:00Z", "2025-04-30T09:00:00Z"]}`,
		},
		{
			"expression", `{"id": 1, "kind": "crontab", "expression": "@daily", "after": "2025-01-01T00:00:00Z"}`,
			`{"id": 1, "next": ["2025-01-02T00:00:00Z"]}`,
		},
		{
			"hash", `{"id": 1, "kind": "crontab", "minute": "H", "hour": "H", "name": "report", "after": "2025-01-01T00:00:00Z", "count": 2}`,
			`{"id": 1, "next": ["2025-01-01T08:59:00Z", "2025-01-02T08:59:00Z"]}`,
		},
		{"no time", `{"id": 1, "kind": "clocked"}`, `{"id": 1, "error": "clocked_time: is missing"}`},
		{
			"local time", `{"id": 1, "kind": "crontab", "after": "2025-01-01T00:00:00"}`,
			`{"id": 1, "error": "after: \"2025-01-01T00:00:00\" is not an instant such as 2026-01-01T10:00:00Z"}`,
		},
		{"not JSON", `{"id": 1, "kind`, `{"id": null, "error": "the line is not JSON: unexpected end of JSON input"}`},
		{"not an object", `[1]`, `{"id": null, "error": "the line is not a JSON object: array"}`},
		{"wrong type", `{"id": 1, "kind": "crontab", "after": 5}`, `{"id": 1, "error": "after: number cannot stand here, a text is wanted"}`},
		{"not UTF-8", "{\"id\": \"\xff\"}", `{"id": null, "error": "the line is not UTF-8"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, errs, code := newShell(t).run(t, tt.line+"\n", "next", "--stdin")
			if code != 0 || errs != "" {
				t.Errorf("exit code %d, errors %q, want 0 and none", code, errs)
			}
			if diff := cmp.Diff(tt.want+"\n", out); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNextStdinGoesOn(t *testing.T) {
	t.Parallel()
	const day = `"kind": "interval", "every": 1, "period": "days", "after": "2025-01-01T00:00:00Z"}`
	in := `{"id": 3, ` + day + "\n\n  \r\nnonsense\n" + `{"id": 1, ` + day + "\r\n" + `{"id": 2, ` + day
	want := `{"id": 3, "next": ["2025-01-02T00:00:00Z"]}
{"id": null, "error": "the line is not JSON: invalid character 'o' in literal null (expecting 'u')"}
{"id": 1, "next": ["2025-01-02T00:00:00Z"]}
{"id": 2, "next": ["2025-01-02T00:00:00Z"]}
`
	out, _, code := newShell(t).run(t, in, "next", "--stdin")
	if diff := cmp.Diff(want, out); diff != "" || code != 0 {
		t.Errorf("exit code %d, answers (-want +got):\n%s", code, diff)
	}
}

func BenchmarkNextStdin(b *testing.B) {
	line := `{"id": 1, "kind": "crontab", "minute": "*/5", "hour": "8-18", "day_of_month": "*", "month_of_year": "*",` +
		`"day_of_week": "1-5", "timezone": "Europe/Berlin", "after": "2025-03-30T00:59:00Z", "count": 3}` + "\n"
	in := strings.Repeat(line, 1000)
	for b.Loop() {
		app := &cli.App{In: strings.NewReader(in), Out: io.Discard, Err: io.Discard}
		if code := app.Execute(b.Context(), []string{"next", "--stdin"}); code != 0 {
			b.Fatalf("exit code %d", code)
		}
	}
}
