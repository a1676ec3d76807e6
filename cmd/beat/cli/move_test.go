package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/internal/testenv"
)

// moved has something of everything that a file can hold.
const moved = `gobeat: 1
---
name: clean / é
description: |-
  two
  lines
task: proj.clean
args: '[1, "é", 1.0]'
kwargs: '{"a": {"b": null}}'
exchange: media
routing_key: media.video
priority: 3
headers: '{"x": "1"}'
options: '{"time_limit": 30}'
expire_seconds: 90.5
start_time: "2026-01-01T00:00:00.000001Z"
end_time: "2999-01-01T00:00:00Z"
max_runs: 10
misfire: all
misfire_window: 1h0m0s
delivery: at_most_once
schedules:
  - kind: crontab
    minute: '*/5'
    hour: 8-18
    timezone: Europe/Berlin
    dst: skip
    exclude: "2026-12-24"
    kwargs: '{"a": 1}'
    jitter: 1.5s
    state:
      decided_to: "2026-11-01T07:05:00Z"
      last_run: "2026-11-01T07:05:00Z"
      runs: 3
  - kind: interval
    every: 90
    period: seconds
    relative: true
    inactive: true
---
name: once
task: proj.once
disabled: true
one_off: true
schedules:
  - kind: clocked
    clocked_time: "2026-11-20T10:00:00.123456Z"
    state:
      decided_to: "2026-11-20T10:00:00.123456Z"
      last_run: "2026-11-20T10:00:00.123456Z"
      runs: 1
---
name: others
task: proj.others
queue: slow
schedules:
  - kind: rrule
    expression: |-
      DTSTART:20260101T000000Z
      RRULE:FREQ=DAILY
  - kind: cron
    expression: '@every 1h30m'
  - kind: solar
    event: sunset
    latitude: 52.5
    longitude: 13.25
`

// TestMove carries tasks from database to database and wants the same export from each.
func TestMove(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	places := []struct {
		name, url string
		state     bool // it takes over how far schedules have run
	}{
		{"postgresql", testenv.PostgreSQL(t), true},
		{"mariadb", testenv.MariaDB(t), true},
		{"sqlite", "sqlite:///" + filepath.Join(dir, "beat.db"), true},
		{"redis", testenv.Redis(t), true},
	}
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	do := func(url string, args ...string) string {
		t.Helper()
		out, errs, code := once(t.Context(), newEnviron("DATABASE_URL", url), args...)
		if code != 0 {
			t.Fatalf("%v ended with %d: %s%s", args, code, out, errs)
		}
		return out
	}
	file := write("first.yaml", moved)
	whole, without := "", ""
	for _, p := range places {
		if out := do(p.url, "import", file); !strings.Contains(out, "added       3\n") {
			t.Errorf("%s: import said %s", p.name, out)
		}
		var twice map[string]int
		if err := json.Unmarshal([]byte(do(p.url, "import", "-o", "json", file)), &twice); err != nil || twice["same"] != 3 {
			t.Errorf("%s: a second import said %v, %v", p.name, twice, err)
		}
		bare := do(p.url, "export", "--state=false")
		if without == "" {
			without = bare
		}
		if bare != without {
			t.Errorf("%s: the export without state is\n%s\nwant\n%s", p.name, bare, without)
		}
		if !p.state {
			continue
		}
		all := do(p.url, "export")
		if whole == "" {
			whole = all
		}
		if all != whole {
			t.Errorf("%s: the export is\n%s\nwant\n%s", p.name, all, whole)
		}
		file = filepath.Join(dir, p.name+".json") // the next one reads the other format
		do(p.url, "export", file)
	}
	for line := range strings.SplitSeq(strings.TrimSpace(moved), "\n") {
		if !strings.Contains(line, "|-") && !strings.Contains(whole, strings.TrimSpace(line)) {
			t.Errorf("%q is lost in\n%s", line, whole)
		}
	}
}
