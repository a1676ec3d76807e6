package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/cmd/beat/cli"
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

// carry runs a command on a database.
func carry(t *testing.T, url string, args ...string) string {
	t.Helper()
	out, errs, code := once(t.Context(), newEnviron("DATABASE_URL", url), args...)
	if code != 0 {
		t.Fatalf("%v ended with %d: %s%s", args, code, out, errs)
	}
	return out
}

// TestMove carries tasks from database to database and wants the same export from each.
func TestMove(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	places := []struct{ name, url string }{
		{"postgresql", testenv.PostgreSQL(t)},
		{"mariadb", testenv.MariaDB(t)},
		{"sqlite", "sqlite:///" + filepath.Join(dir, "beat.db")},
		{"redis", testenv.Redis(t)},
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
		return carry(t, url, args...)
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
		all := withoutSpec(do(p.url, "export"))
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

// withoutSpec is an export without what was decided on: a number that has the id in it, since jitter comes from that.
func withoutSpec(text string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool {
		return strings.HasPrefix(strings.TrimSpace(line), "spec:")
	}), "\n")
}

// TestMoveDocuments carries tasks into databases of documents and back, with how far they have run.
func TestMoveDocuments(t *testing.T) {
	t.Parallel()
	for name, fresh := range map[string]func(testing.TB) string{"mongodb": testenv.MongoDB, "dynamodb": testenv.DynamoDB} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, url := t.TempDir(), fresh(t)
			first, there := filepath.Join(dir, "first.yaml"), filepath.Join(dir, "there.json")
			if err := os.WriteFile(first, []byte(moved), 0o600); err != nil {
				t.Fatal(err)
			}
			sqlite := func(name string) string { return "sqlite:///" + filepath.Join(dir, name) }
			carry(t, sqlite("a.db"), "import", first)
			carry(t, sqlite("a.db"), "export", first)
			for _, want := range []string{"added       3\n", "the same    3\n"} {
				if out := carry(t, url, "import", first); !strings.Contains(out, want) {
					t.Errorf("import said %s, want %s", out, want)
				}
			}
			carry(t, url, "export", there)
			carry(t, sqlite("b.db"), "import", there)
			want := withoutSpec(carry(t, sqlite("a.db"), "export"))
			for _, place := range []string{url, sqlite("b.db")} {
				if got := withoutSpec(carry(t, place, "export")); got != want {
					t.Errorf("the export is\n%s\nwant\n%s", got, want)
				}
			}
		})
	}
}

// TestMoveMany carries more tasks, and more schedules of one, than are read at once.
func TestMoveMany(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes long, left out in the short form")
	}
	const most = 1100
	var file strings.Builder
	file.WriteString("gobeat: 1\n---\nname: all\ntask: proj.all\nschedules:\n")
	for i := range most {
		fmt.Fprintf(&file, "  - {kind: interval, every: %d, period: seconds, state: {decided_to: 2026-01-01T00:00:00Z, runs: %d}}\n", i+1, i+1)
	}
	for i := range most {
		fmt.Fprintf(&file, "---\nname: \"task:%d\"\ntask: proj.one\nschedules:\n  - {kind: crontab, minute: \"%d\"}\n", i, i%60)
	}
	name := filepath.Join(t.TempDir(), "many.yaml")
	if err := os.WriteFile(name, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	urls := []string{"sqlite:///" + filepath.Join(t.TempDir(), "many.db"), testenv.Redis(t)}
	for _, url := range urls {
		if out := carry(t, url, "import", name); !strings.Contains(out, fmt.Sprintf("added       %d\n", most+1)) {
			t.Errorf("%s: import said %s", url, out)
		}
		all := carry(t, url, "export", "--format", "json")
		for i := range most {
			for _, part := range []string{
				fmt.Sprintf(`"every":%d,`, i+1), fmt.Sprintf(`"runs":%d,`, i+1), fmt.Sprintf(`"name":"task:%d"`, i),
			} {
				if n := strings.Count(all, part); n != 1 {
					t.Fatalf("%s: %s is there %d times", url, part, n)
				}
			}
		}
	}
}

// TestImportStandardInput reads a file that cannot be read twice, tells all that is wrong at once, and writes nothing then,
// as a dry run does.
func TestImportStandardInput(t *testing.T) {
	t.Parallel()
	url := "sqlite:///" + filepath.Join(t.TempDir(), "beat.db")
	pipe := func(text string, args ...string) (string, string, int) {
		var out, errs bytes.Buffer
		app := &cli.App{
			In: strings.NewReader(text), Out: &out, Err: &errs, LookupEnv: newEnviron("DATABASE_URL", url).lookup, Version: "1.2.3",
		}
		code := app.Execute(t.Context(), args)
		return out.String(), errs.String(), code
	}
	bad := strings.NewReplacer("'*/5'", "'*/5x'", "every: 90", "every: x").Replace(moved) // of two schedules
	for _, args := range [][]string{{"import", "-"}, {"import", "--dry-run", "-"}} {
		_, errs, code := pipe(bad, args...)
		if code != 1 || strings.Count(errs, "\n") != 3 || !strings.Contains(errs, `document 2, "clean / é", schedule 2: every: "x" is not`) {
			t.Errorf("%v ended with %d: %s", args, code, errs)
		}
	}
	for _, step := range []struct{ flag, want string }{
		{"--dry-run", "added       3 (nothing was written)\n"}, {"--dry-run=false", "added       3\n"}, {"--dry-run=false", "the same    3\n"},
	} {
		if out, errs, code := pipe(moved, "import", step.flag, "-"); code != 0 || !strings.Contains(out, step.want) {
			t.Errorf("%s ended with %d: %s%s", step.flag, code, out, errs)
		}
	}
}

// TestImportSkip leaves out what the database has no place for, says what that is, and imports the rest.
func TestImportSkip(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "tasks.yaml")
	long := strings.Repeat("n", 300)
	text := "gobeat: 1\n---\nname: " + long + "\ntask: proj.a\nschedules:\n- {kind: crontab, minute: \"5\"}\n" +
		"---\nname: short\ntask: proj.b\nschedules:\n- {kind: crontab, minute: \"5\"}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := newEnviron("DATABASE_URL", testenv.MariaDB(t))
	for _, step := range []struct{ flag, out, errs string }{
		{"--replace", "refused     1\n", "nothing is imported, because of 1 of the tasks:\n"},
		{"--skip", "added       1\n", "1 of the tasks are left out:\n"},
	} {
		out, errs, code := once(t.Context(), env, "import", step.flag, file)
		if code != 1 || !strings.Contains(out, step.out) || !strings.Contains(errs, step.errs) || !strings.Contains(errs, "column 'name'") {
			t.Errorf("%s: exit code %d\n%s%s", step.flag, code, out, errs)
		}
	}
	if out, errs, code := once(t.Context(), env, "list"); code != 0 || !strings.Contains(out, "short") || strings.Contains(out, long[:20]) {
		t.Errorf("list: exit code %d\n%s%s", code, out, errs)
	}
}
