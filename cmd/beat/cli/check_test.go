package cli_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/schedule"
	"github.com/gobeat/gobeat/beat/store/gormstore"
)

// write adds rows as any other program would, unchecked.
func write(t *testing.T, url string, entries ...beat.Entry) {
	t.Helper()
	st, err := gormstore.Open(t.Context(), gormstore.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := st.Prepare(t.Context(), beat.PrepareCreate); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, err := st.Add(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

// columns puts one blank between the columns of a table.
func columns(out string) string {
	var b strings.Builder
	for line := range strings.Lines(out) {
		b.WriteString(strings.Join(strings.Fields(line), " ") + "\n")
	}
	return b.String()
}

func row(name string, on bool, spec schedule.Spec) beat.Entry {
	return beat.Entry{Name: name, Task: "proj." + name, Spec: spec, Enabled: on, Active: true}
}

func everyHour() schedule.Spec {
	return schedule.Spec{Kind: schedule.KindInterval, Every: 1, Period: "hours"}
}

func TestCheckReportsEachBadRow(t *testing.T) {
	t.Parallel()
	url := database(t)
	queue := row("queue", true, everyHour())
	queue.Queue = strings.Repeat("q", 256)
	write(t, url,
		row("good", true, everyHour()),
		row("crontab", true, schedule.Spec{Kind: schedule.KindCrontab, Minute: "61"}),
		row("off", false, schedule.Spec{Kind: schedule.KindInterval, Every: 0, Period: "seconds"}),
		row("kind", true, schedule.Spec{Kind: "moon"}),
	)
	s, _ := redisServer(t)
	out, errs, code := once(t.Context(), newEnviron("DATABASE_URL", url, "CELERY_BROKER_URL", s.URL()), "check", "-o", "json")
	if code != 1 || errs != "" {
		t.Errorf("exit code %d, errors %q", code, errs)
	}
	var report []struct{ Result, About, Detail string }
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range report {
		got = append(got, f.Result+" "+f.About)
	}
	want := []string{
		"ok settings", "ok timezone", "ok database", "ok tables", "ok clock", "warn leader",
		"FAIL row", "FAIL row", "warn row", "ok rows", "ok broker", "warn workers",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("report (-want +got):\n%s\n%s", diff, out)
	}
	for _, text := range []string{"crontab (schedule 2): minute: \\\"61\\\"", "kind (schedule 4): kind: \\\"moon\\\"", "switched off: every"} {
		if !strings.Contains(out, text) {
			t.Errorf("no %q in\n%s", text, out)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	s, _ := redisServer(t)
	good := database(t)
	write(t, good)
	nowhere := "sqlite:///" + filepath.Join(t.TempDir(), "no", "beat.db")
	tests := []struct {
		name string
		env  []string
		code int
		want []string
	}{
		{
			"all well",
			[]string{"DATABASE_URL", good, "CELERY_BROKER_URL", s.URL(), "CELERY_TIMEZONE", "Europe/Berlin"},
			0,
			[]string{"Europe/Berlin (environment CELERY_TIMEZONE)", "up to date", "accepts messages", "0 are right"},
		},
		{
			"no tables yet",
			[]string{"DATABASE_URL", database(t), "CELERY_BROKER_URL", s.URL()},
			0,
			[]string{"warn  tables", "the tables do not exist yet", "the next start of beat run sees to it"},
		},
		{
			"no tables, and nobody makes them",
			[]string{"DATABASE_URL", database(t), "CELERY_BROKER_URL", s.URL(), "BEAT_MIGRATE", "off"},
			1,
			[]string{"FAIL  tables", "run: beat migrate up"},
		},
		{
			"broker away",
			[]string{"DATABASE_URL", good, "CELERY_BROKER_URL", "redis://:secret@127.0.0.1:1/0"},
			1,
			[]string{"FAIL  broker", "connection refused", "redis://:**@127.0.0.1:1/0"},
		},
		{
			"database away",
			[]string{"DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/x", "CELERY_BROKER_URL", s.URL()},
			1,
			[]string{"FAIL  database", "postgresql://u:**@127.0.0.1:1/x"},
		},
		{"database without folder", []string{"DATABASE_URL", nowhere, "CELERY_BROKER_URL", s.URL()}, 1, []string{"FAIL  database"}},
		{
			"unknown database",
			[]string{"DATABASE_URL", "oracle://u:secret@h/x", "CELERY_BROKER_URL", s.URL()},
			1,
			[]string{"FAIL  database", "does not begin with"},
		},
		{
			"settings",
			[]string{"CELERY_TIMEZONE", "Mars", "CELERY_BROKER_URL", "sqs://u:secret@"},
			1,
			[]string{"FAIL  settings  broker_url", "FAIL  settings  timezone"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, errs, code := once(t.Context(), newEnviron(tt.env...), "check")
			if code != tt.code || errs != "" {
				t.Errorf("exit code %d, errors %q", code, errs)
			}
			for _, want := range tt.want {
				if !strings.Contains(out, want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
			if strings.Contains(out, "secret") {
				t.Errorf("shows the password:\n%s", out)
			}
		})
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	url := database(t)
	write(t, url,
		row("hourly", true, everyHour()),
		row("off", false, everyHour()),
		row("bad", true, schedule.Spec{Kind: "moon"}),
	)
	env := newEnviron("DATABASE_URL", url)
	out, errs, code := once(t.Context(), env, "status")
	if code != 0 || errs != "" {
		t.Fatalf("exit code %d, errors %q", code, errs)
	}
	for _, want := range []string{
		"leader       none: no beat is running", "active       1\n", "off          1\n",
		"quarantined  1 (beat check says why)\n", "overdue      0\n", "next run     hourly at ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}

	s, arrived := redisServer(t)
	write(t, url, row("now", true, schedule.Spec{Kind: schedule.KindInterval, Every: 1, Period: "seconds"}))
	env.set("CELERY_BROKER_URL", s.URL())
	p := start(t, env, "run")
	<-arrived
	out, _, code = once(t.Context(), env, "status", "--output", "json")
	var got struct {
		Leader      string
		Epoch       int64
		Active, Off int
		Quarantined int
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 {
		t.Fatalf("exit code %d, %v in %s", code, err, out)
	}
	if got.Leader == "" || got.Epoch != 1 || got.Active != 2 || got.Off != 1 || got.Quarantined != 1 {
		t.Errorf("got %+v", got)
	}
	p.end()
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	env := newEnviron("DATABASE_URL", database(t), "BEAT_TABLE_PREFIX", "x_")
	steps := []struct {
		args []string
		want string
	}{
		{[]string{"migrate", "status"}, "00001_tasks.sql pending\n"},
		{[]string{"migrate", "up"}, "00001_tasks.sql applied\n"},
		{[]string{"migrate", "up"}, "nothing to do\n"},
		{[]string{"migrate", "status"}, "00001_tasks.sql applied\n"},
		{[]string{"migrate", "down", "--yes"}, "pending\n"},
		{[]string{"migrate", "down", "--all", "--yes"}, "00001_tasks.sql pending\n"},
		{[]string{"migrate", "down", "--all", "--yes"}, "there are no tables\n"},
		{[]string{"migrate", "sql"}, "x_periodic_task"},
		{[]string{"migrate", "sql", "--dialect", "postgres"}, "x_periodic_task"},
	}
	for _, step := range steps {
		out, errs, code := once(t.Context(), env, step.args...)
		if code != 0 || errs != "" || !strings.Contains(columns(out), step.want) {
			t.Errorf("beat %q: exit code %d, errors %q, output\n%s", step.args, code, errs, out)
		}
	}
	_, errs, code := once(t.Context(), env, "migrate", "down", "--yes")
	if code != 1 || errs != "beat: migrate down: nothing to take back\n" {
		t.Errorf("nothing left: exit code %d, %q", code, errs)
	}
	for _, args := range [][]string{{"migrate"}, {"migrate", "--triggers", "--no-triggers"}, {"migrate", "--triggers"}} {
		_, errs, code := once(t.Context(), env, args...)
		if code != 2 || !strings.Contains(errs, "--no-triggers") {
			t.Errorf("beat %q: exit code %d, %q, want a usage error about triggers", args, code, errs)
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	env := newEnviron("DATABASE_URL", "mysql://u:secret@h/d", "CELERY_TASK_ROUTES", `{"a.*": "mail"}`)
	out, errs, code := once(t.Context(), env, "config", "--changed", "-b", "redis://:secret@h/0")
	want := `database_url mysql://u:**@h/d environment DATABASE_URL
broker_url redis://:**@h/0 flag --broker
task_routes {"a.*": "mail"} environment CELERY_TASK_ROUTES
`
	warned := `warning: broker_url redis://:**@h:6379/0 sends a password to another host without TLS
warning: database_url mysql://u:**@h/d sends a password to another host without verified TLS; add ssl_mode=verify_identity
`
	if diff := cmp.Diff(want, columns(out)); diff != "" || errs != warned || code != 0 {
		t.Errorf("exit code %d, errors %q, output (-want +got):\n%s", code, errs, diff)
	}
	out, _, _ = once(t.Context(), env, "config", "--output", "json")
	var settings []struct {
		Name   string
		Value  any
		Source string
	}
	if err := json.Unmarshal([]byte(out), &settings); err != nil || len(settings) < 40 || strings.Contains(out, "secret") {
		t.Errorf("%d settings, %v in %s", len(settings), err, out)
	}
	env.set("CELERY_TASK_PROTOCOL", "7")
	out, errs, code = once(t.Context(), env, "config")
	if code != 2 || !strings.HasPrefix(errs, "beat: task_protocol: \"7\" (environment CELERY_TASK_PROTOCOL)") || out == "" {
		t.Errorf("wrong setting: exit code %d, errors %q", code, errs)
	}
}

func TestVersionAndCompletion(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"version"}, {"--version"}, {"run", "--version"}} {
		out, _, code := once(t.Context(), newEnviron(), args...)
		if code != 0 || !strings.HasPrefix(out, "gobeat 1.2.3 (go1.") {
			t.Errorf("beat %q: exit code %d, %q", args, code, out)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		out, _, code := once(t.Context(), newEnviron(), "completion", shell)
		if code != 0 || len(out) < 1000 {
			t.Errorf("completion %s: exit code %d, %d bytes", shell, code, len(out))
		}
	}
}
