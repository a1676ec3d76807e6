package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/cmd/beat/demo"
)

// schedules writes a file with entries of beat_schedule and returns its path.
func schedules(t *testing.T, entries string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "schedules.yaml")
	if err := os.WriteFile(path, []byte("beat_schedule:\n"+entries), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// planSteps runs plan or apply and returns what it says, one step a line.
func planSteps(t *testing.T, e *environ, code int, args ...string) []string {
	t.Helper()
	out, errs, got := once(t.Context(), e, append(args, "-o", "json")...)
	var steps []struct {
		Action, Name, Problem string
		Changes               []struct{ Field, Old, New string }
		Next                  []string
	}
	if err := json.Unmarshal([]byte(out), &steps); err != nil || got != code || errs != "" {
		t.Fatalf("beat %q: exit code %d, want %d, %v\n%s%s", args, got, code, err, out, errs)
	}
	var lines []string
	for _, s := range steps {
		words := []string{s.Action, s.Name}
		for _, c := range s.Changes {
			words = append(words, c.Field)
		}
		line := strings.Join(words, " ")
		if s.Problem != "" {
			line += ": " + s.Problem
		}
		if (s.Action == "create" || s.Action == "change") != (len(s.Next) == 3) {
			t.Errorf("%s has %d runs to come", line, len(s.Next))
		}
		lines = append(lines, line)
	}
	return lines
}

func TestPlanAndApply(t *testing.T) {
	t.Parallel()
	env := newEnviron("DATABASE_URL", database(t))
	if _, errs, code := once(t.Context(), env, "add", "mine", "--task", "x.y", "--every", "1h"); code != 0 {
		t.Fatal(errs)
	}
	first := schedules(t, `
  nightly: {task: proj.clean, schedule: "30 2 * * *", options: {queue: slow}}
  ping: {task: proj.ping, schedule: 10, args: [1]}
  mine: {task: proj.other, schedule: 5}
  wrong: {task: proj.x, schedule: {minute: "61"}}
  no task: {schedule: 5}
  unknown key: {task: proj.x, schedule: 5, every: 7}
`)
	want := []string{
		"conflict mine: a task of that name exists and belongs to people, who made it by hand",
		"create nightly",
		"refuse no task: task: \"\" is missing",
		"create ping",
		`refuse unknown key: beat_schedule: "unknown key" has the unknown key "every"`,
		`refuse wrong: minute: "61" is out of range 0-59`,
	}
	for _, args := range [][]string{{"plan", "--file", first}, {"plan", "--config", first}, {"apply", "--file", first}} {
		if diff := cmp.Diff(want, planSteps(t, env, 1, args...)); diff != "" {
			t.Errorf("beat %q (-want +got):\n%s", args, diff)
		}
	}
	second := schedules(t, `
  ping: {task: proj.ping, schedule: {every: 1, period: minutes}, args: [1], misfire: skip, misfire_window: 1h}
  nightly: {task: proj.clean, schedule: "30 2 * * *", options: {queue: slow}}
`)
	if diff := cmp.Diff([]string{"change ping schedule misfire misfire_window"}, planSteps(t, env, 0, "apply", "--file", second)); diff != "" {
		t.Errorf("change (-want +got):\n%s", diff)
	}
	third := schedules(t, "  nightly: {task: proj.clean, schedule: \"30 2 * * *\", options: {queue: slow}, enabled: false}\n")
	out, _, _ := once(t.Context(), env, "apply", "--file", third)
	for _, text := range []string{"~ change nightly\n", "enabled  true -> false", "- disable ping\n", "it has gone from beat_schedule", "1 changed, 1 disabled\n"} {
		if !strings.Contains(out, text) {
			t.Errorf("no %q in\n%s", text, out)
		}
	}
	out, _, code := once(t.Context(), env, "apply", "--file", third)
	if code != 0 || out != "nothing to do: the tasks are in line with beat_schedule\n" {
		t.Errorf("again: exit code %d, %s", code, out)
	}
	out, _, _ = once(t.Context(), env, "list")
	if text := columns(out); !strings.Contains(text, " mine x.y every hour") && !strings.Contains(text, " mine x.y every 1 hour") {
		t.Errorf("the task of somebody else:\n%s", text)
	}
}

func TestPlanNeedsASchedule(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"plan"}, "beat: there is no beat_schedule: name a file with --file or --config, or an app with --app\n"},
		{[]string{"apply", "--file", "/nowhere.yaml"}, "beat: read the file: open /nowhere.yaml: no such file or directory\n"},
		{[]string{"plan", "--file", schedules(t, "  - a list\n")}, "is not a map of names to entries"},
	} {
		_, errs, code := once(t.Context(), newEnviron("DATABASE_URL", database(t)), tt.args...)
		if code == 0 || !strings.Contains(errs, tt.want) {
			t.Errorf("beat %q: exit code %d, %s", tt.args, code, errs)
		}
	}
}

// Two replicas that start together must not fail because of each other.
func TestReplicasApplyTogether(t *testing.T) {
	t.Parallel()
	env := newEnviron("DATABASE_URL", database(t), "BEAT_CONFIG", schedules(t, "  a: {task: x, schedule: 5}\n  b: {task: x, schedule: 6}\n"))
	once(t.Context(), env, "migrate", "up")
	codes := make(chan string, 4)
	for range cap(codes) {
		go func() {
			_, errs, _ := once(t.Context(), env, "apply")
			codes <- errs
		}()
	}
	for range cap(codes) {
		if errs := <-codes; errs != "" {
			t.Error(errs)
		}
	}
}

func TestRunAppliesTheSchedule(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"memory": "", "database": database(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, arrived := redisServer(t)
			file := schedules(t, "  tick: {task: proj.tick, schedule: 1, args: [7]}\n  bad: {task: x, schedule: -1}\n")
			env := newEnviron("BEAT_CONFIG", file, "CELERY_BROKER_URL", s.URL(), "DATABASE_URL", url)
			p := start(t, env, "beat", "-S", "celery.beat:PersistentScheduler")
			if url == "" {
				p.wait(t, "only kept in memory")
			}
			p.wait(t, "entry of beat_schedule is passed over", "name=bad")
			p.wait(t, "task created from beat_schedule", "name=tick")
			p.wait(t, "Scheduler: Sending due task tick (proj.tick)")
			if e := <-arrived; e.Task != "proj.tick" || e.Args != "[7]" {
				t.Errorf("arrived: %+v", e)
			}

			if err := os.WriteFile(file, []byte("beat_schedule: {tock: {task: proj.tock, schedule: 1}}\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			p.hangups <- os.Interrupt
			p.wait(t, "switched off, it has gone from beat_schedule", "name=tick")
			p.wait(t, "task created from beat_schedule", "name=tock")
			p.wait(t, "Scheduler: Sending due task tock (proj.tock)")
			waitFor(arrived, "proj.tock")
			if code := p.end(); code != 0 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

func waitFor(arrived <-chan demo.Execution, task string) {
	for e := range arrived {
		if e.Task == task {
			return
		}
	}
}

func TestRunLeavesTasksAloneWhenToldTo(t *testing.T) {
	t.Parallel()
	env := newEnviron("BEAT_CONFIG", schedules(t, "  tick: {task: proj.tick, schedule: 1}\n"), "DATABASE_URL", database(t))
	p := start(t, env, "beat", "--apply-at-start=false")
	p.wait(t, "beat_schedule is not applied, as apply_at_start says")
	p.end()
	if out, _, _ := once(t.Context(), env, "list", "-o", "json"); strings.TrimSpace(out) != "[]" {
		t.Errorf("list: %s", out)
	}
}

func TestBackendCleanup(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		env  []string
		want bool
	}{
		{"no backend", nil, false},
		{"Redis expires by itself", []string{"CELERY_RESULT_BACKEND", "redis://h/1"}, false},
		{"Redis with TLS", []string{"CELERY_RESULT_BACKEND", "rediss://h/1"}, false},
		{"database", []string{"CELERY_RESULT_BACKEND", "db+postgresql://u:secret@h/d"}, true},
		{"Django", []string{"CELERY_RESULT_BACKEND", "django-db"}, true},
		{"results are kept for ever", []string{"CELERY_RESULT_BACKEND", "django-db", "CELERY_RESULT_EXPIRES", "0"}, false},
		{"switched off", []string{"CELERY_RESULT_BACKEND", "django-db", "BEAT_BACKEND_CLEANUP", "off"}, false},
		{"switched on", []string{"BEAT_BACKEND_CLEANUP", "on"}, true},
	} {
		env := newEnviron(append(tt.env, "DATABASE_URL", database(t), "BEAT_CONFIG", schedules(t, "  a: {task: x, schedule: 5}\n"))...)
		out, errs, code := once(t.Context(), env, "plan")
		if got := strings.Contains(out, "+ create celery.backend_cleanup\n"); got != tt.want || code != 0 || strings.Contains(out+errs, "secret") {
			t.Errorf("%s: exit code %d\n%s%s", tt.name, code, out, errs)
		}
	}
	// Without beat_schedule the entry is added and nothing is switched off.
	url := database(t)
	apply := []string{"apply", "--file", schedules(t, "  a: {task: x, schedule: 5}\n")}
	if out, errs, code := once(t.Context(), newEnviron("DATABASE_URL", url), apply...); code != 0 {
		t.Fatal(out, errs)
	}
	got := planSteps(t, newEnviron("DATABASE_URL", url, "CELERY_RESULT_BACKEND", "django-db"), 0, "plan")
	if diff := cmp.Diff([]string{"create celery.backend_cleanup"}, got); diff != "" {
		t.Errorf("without beat_schedule (-want +got):\n%s", diff)
	}
}
