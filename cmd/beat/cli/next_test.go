package cli_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/beat/schedule"
)

func TestNextFlags(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want string
	}{
		{
			"clocks go forward",
			[]string{"--crontab", "30 2 * * *", "--timezone", "Europe/Berlin", "--after", "2025-03-29", "--count", "3"},
			`at 02:30 every day; crontab 30 2 * * * in Europe/Berlin
  Sat 2025-03-29 02:30:00  CET   +01:00  2025-03-29T01:30:00Z
  Sun 2025-03-30 03:30:00  CEST  +02:00  2025-03-30T01:30:00Z  moved from 02:30, which the clocks skip
  Mon 2025-03-31 02:30:00  CEST  +02:00  2025-03-31T00:30:00Z
`,
		},
		{
			"interval until",
			[]string{"--every", "1h", "--after", "2025-01-01T00:00:00.5Z", "--until", "2025-01-01 02:01"},
			`every hour; interval 1 hours in UTC
  Wed 2025-01-01 01:00:00.5  UTC  +00:00  2025-01-01T01:00:00.5Z
  Wed 2025-01-01 02:00:00.5  UTC  +00:00  2025-01-01T02:00:00.5Z
`,
		},
		{
			"later than until",
			[]string{"--every", "1h", "--after", "2025-01-01", "--until", "2025-01-01 00:59"},
			"every hour; interval 1 hours in UTC\n  not before Wed 2025-01-01 01:00:00 UTC +00:00\n",
		},
		{
			"never",
			[]string{"--crontab", "0 0 31 2 *"},
			"at 00:00 on day 31 of the month in month 2; crontab 0 0 31 2 * in UTC\n  never\n",
		},
		{
			"cron",
			[]string{"--cron", "@daily", "--after", "2025-01-01", "--count", "1"},
			"cron @daily in UTC\n  Thu 2025-01-02 00:00:00  UTC  +00:00  2025-01-02T00:00:00Z\n",
		},
		{
			"json",
			[]string{"--at", "2025-01-01T00:00:00+01:00", "--after", "2024-01-01", "-o", "json"},
			`[
  {
    "when": "once at Tue 2024-12-31 23:00:00 UTC +00:00",
    "zone": "UTC",
    "next": [
      "2024-12-31T23:00:00Z"
    ]
  }
]
`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newShell(t)
			s.env = nil // no database is needed
			if diff := cmp.Diff(tt.want, s.ok(t, append([]string{"next"}, tt.args...)...)); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNextRows(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	if got, want := s.ok(t, "next"), "no task runs: there is none, or `beat list` says why\n"; got != want {
		t.Errorf("output %q, want %q", got, want)
	}
	a, b := clocked("a", time.Date(2999, 1, 2, 0, 0, 0, 0, time.UTC)), clocked("b", time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC))
	c := clocked("c", time.Time{})
	c.Spec = schedule.Spec{Kind: schedule.KindCrontab, Minute: "0", Hour: "12", Timezone: "Asia/Kolkata"}
	off := clocked("off", time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC))
	off.Enabled = false
	s.add(t, a, b, c, off)

	want := `1  b  Tue 2999-01-01 00:00:00  UTC  +00:00  2999-01-01T00:00:00Z
2  c  Tue 2999-01-01 12:00:00  IST  +05:30  2999-01-01T06:30:00Z
3  a  Wed 2999-01-02 00:00:00  UTC  +00:00  2999-01-02T00:00:00Z
4  c  Wed 2999-01-02 12:00:00  IST  +05:30  2999-01-02T06:30:00Z
`
	if diff := cmp.Diff(want, s.ok(t, "next", "--after", "2998-12-31 12:00", "--count", "4")); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, s.ok(t, "next", "--after", "2998-12-31 12:00", "--until", "2999-01-02 12:00")); diff != "" {
		t.Errorf("all until (-want +got):\n%s", diff)
	}
	want = `c (schedule 3): at 12:00 every day; crontab 0 12 * * * in Asia/Kolkata
  Tue 2999-01-01 12:00:00  IST  +05:30  2999-01-01T06:30:00Z
`
	if diff := cmp.Diff(want, s.ok(t, "next", "c", "--after", "2999-01-01", "--count", "1")); diff != "" {
		t.Errorf("one (-want +got):\n%s", diff)
	}
	want = "off (schedule 4): once at Tue 2999-01-01 00:00:00 UTC +00:00; clocked 2999-01-01T00:00:00Z in UTC\n  never: disabled\n"
	if diff := cmp.Diff(want, s.ok(t, "next", "off")); diff != "" {
		t.Errorf("disabled (-want +got):\n%s", diff)
	}
}

func TestNextRefused(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.add(t, clocked("alpha", time.Date(2999, 1, 2, 0, 0, 0, 0, time.UTC)))
	for _, tt := range []struct {
		code int
		want string
		args []string
	}{
		{1, `task "alpah": not found; did you mean "alpha"?`, []string{"alpah"}},
		{2, `minute: "61" is out of range 0-59`, []string{"--crontab", "61 * * * *"}},
		{2, "--count: 0 is out of range 1-100000", []string{"--count", "0"}},
		{2, "--stdin stands alone: each line says what it asks", []string{"--stdin", "--count", "2"}},
		{2, "NAME and the flags of a schedule cannot stand together", []string{"alpha", "--every", "1m"}},
		{2, "a schedule is missing: give one of --crontab, --every, --at, --cron, --rrule, --solar", []string{"--timezone", "UTC"}},
		{2, "next takes one NAME, not 2; see beat next --help", []string{"a", "b"}},
		{
			2, "--after: 2025-03-30 02:30:00 does not exist in Europe/Berlin, where clocks go forward then; give an offset",
			[]string{"--crontab", "* * * * *", "--timezone", "Europe/Berlin", "--after", "2025-03-30 02:30"},
		},
		{
			2, "--until: 2025-10-26 02:30:00 happens twice in Europe/Berlin, where clocks go back then; " +
				"give an offset, as in 2025-10-26T02:30:00+02:00",
			[]string{"--crontab", "* * * * *", "--timezone", "Europe/Berlin", "--until", "2025-10-26 02:30"},
		},
	} {
		s.refused(t, tt.code, "beat: "+tt.want, append([]string{"next"}, tt.args...)...)
	}
}
