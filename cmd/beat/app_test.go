package main

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/internal/testenv"
)

// appProgram returns the program in the folder of an app in testdata, with the Python of a real Celery.
func appProgram(t *testing.T, python, app string, args ...string) *exec.Cmd {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("testdata", app))
	if err != nil {
		t.Fatal(err)
	}
	cmd := program(t, dir, args...)
	cmd.Env = []string{
		asProgram + "=1", "PATH=" + os.Getenv("PATH"), "BEAT_PYTHON=" + python, "PYTHONDONTWRITEBYTECODE=1",
		"XDG_CACHE_HOME=" + t.TempDir(),
	}
	return cmd
}

// output runs a program to its end.
func output(t *testing.T, cmd *exec.Cmd, code int) (out, errs string) {
	t.Helper()
	var o, e strings.Builder
	cmd.Stdout, cmd.Stderr = &o, &e
	_ = cmd.Run()
	if cmd.ProcessState.ExitCode() != code {
		t.Fatalf("%q: exit code %d, want %d\n%s%s", cmd.Args, cmd.ProcessState.ExitCode(), code, o.String(), e.String())
	}
	return o.String(), e.String()
}

// planned is what beat plan says of one entry, without its runs.
func planned(t *testing.T, text string) map[string]string {
	t.Helper()
	var steps []struct{ Action, Name, Task, When, Zone, Problem string }
	if err := json.Unmarshal([]byte(text), &steps); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	out := map[string]string{}
	for _, s := range steps {
		out[s.Name] = strings.Join([]string{s.Action, s.Task, s.When, s.Zone, s.Problem}, "|")
	}
	return out
}

func plainPlan(solar bool) map[string]string {
	want := map[string]string{
		"number":    "create|proj.mail|every 30 seconds|Europe/Berlin|",
		"timedelta": "create|proj.mail|every 120 seconds|Europe/Berlin|",
		"fraction":  "create|proj.mail|every 1500000 microseconds|Europe/Berlin|",
		"relative":  "create|proj.mail|every 3600 seconds, rounded down|Europe/Berlin|",
		"schedule":  "create|proj.mail|every 10 seconds|Europe/Berlin|",
		"crontab":   "create|proj.mail|crontab */5 7,8 * * mon-fri|Europe/Berlin|",
		"solar":     "create|proj.mail|sunset at 52.5, 13.4|Europe/Berlin|",
		"options":   "create|proj.routed|every 60 seconds|Europe/Berlin|",
	}
	if !solar {
		delete(want, "solar")
	}
	return want
}

// withoutEphem is the environment of a Python that does not have what solar schedules need.
func withoutEphem(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ephem.py"), []byte("raise ModuleNotFoundError('no ephem', name='ephem')\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"PYTHONPATH=" + dir}
}

// The app is found as Celery finds it, and the same comes out of the script by hand.
func TestAppIsAsked(t *testing.T) {
	t.Parallel()
	for _, version := range []testenv.Version{testenv.Newest, testenv.Old} {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			python := testenv.Celery(t, version)
			solar := version == testenv.Newest
			var env []string
			if !solar {
				env = withoutEphem(t)
			}
			want := plainPlan(solar)
			names := []string{"proj", "proj.celery", "proj.celery:app"}
			if version == testenv.Old {
				names = names[2:] // finding an app is the same in all versions
			}
			for _, name := range names {
				cmd := appProgram(t, python.Path, "plain", "-A", name, "plan", "-o", "json")
				cmd.Env = append(cmd.Env, env...)
				out, errs := output(t, cmd, 0)
				if diff := cmp.Diff(want, planned(t, out)); diff != "" || errs != "" {
					t.Errorf("-A %s: plan (-want +got):\n%s%s", name, diff, errs)
				}
			}

			script, _ := output(t, appProgram(t, python.Path, "plain", "export-script"), 0)
			file := filepath.Join(t.TempDir(), "exported.json")
			export := exec.CommandContext(t.Context(), python.Path, "-", "-A", "proj", "--workdir", filepath.Join("testdata", "plain"), "-o", file)
			export.Stdin = strings.NewReader(script)
			export.Env = append(append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1"), env...)
			_, warned := output(t, export, 0)
			for _, text := range []string{
				"task_routes: the router router is Python code", "lazy is left out, it holds a BeatLazyFunc",
				"time in arguments is left out, it holds a value of the type date", "own function is left out, it holds a crontab with the function",
				"broker_url holds a password and is left out",
			} {
				if !strings.Contains(warned, text) {
					t.Errorf("the script does not say %q:\n%s", text, warned)
				}
			}
			text, err := os.ReadFile(file)
			if err != nil || strings.Contains(string(text), "secret@") {
				t.Errorf("export: %v\n%s", err, text)
			}
			info, err := os.Stat(file)
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("export: %v, %v", info.Mode(), err)
			}
			cmd := appProgram(t, "no-python", "plain", "-A", "proj", "--config", file, "plan", "-o", "json")
			cmd.Env = append(cmd.Env, "CELERY_BROKER_URL=redis://127.0.0.1:1/0")
			out, errs := output(t, cmd, 0)
			if diff := cmp.Diff(want, planned(t, out)); diff != "" || errs != "" {
				t.Errorf("by the export: plan (-want +got):\n%s%s", diff, errs)
			}
			_, errs = output(t, appProgram(t, "no-python", "plain", "--config", file, "plan"), 2)
			if !strings.Contains(errs, "broker_url: \"\" was left out of the export of the app because it holds a password") {
				t.Errorf("without the broker: %s", errs)
			}
		})
	}
}

func TestSettingsOfTheApp(t *testing.T) {
	t.Parallel()
	python := testenv.Celery(t, testenv.Newest)
	cmd := appProgram(t, python.Path, "plain", "-A", "proj", "config", "--changed", "-o", "json")
	cmd.Env = append(cmd.Env, "PROJ_TLS=1")
	out, errs := output(t, cmd, 0)
	var settings []struct {
		Name, Source string
		Value        any
	}
	if err := json.Unmarshal([]byte(out), &settings); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range settings {
		text, err := json.Marshal(s.Value)
		if err != nil {
			t.Fatal(err)
		}
		if s.Source == "app proj" {
			got[s.Name] = string(text)
		}
	}
	want := map[string]string{
		"broker_url": `"redis://:**@127.0.0.1:1/0"`, "broker_use_ssl": `{"cert_reqs":"none"}`, "timezone": `"Europe/Berlin"`,
		"task_default_queue": `"main"`, "task_default_exchange": `"main"`, "task_default_routing_key": `"main"`,
		"beat_max_loop_interval": `"7s"`, "control_exchange": `"orders"`, "beat_schedule": `"8 entries"`, "backend_cleanup": `"off"`,
		"task_routes":      `[[["proj.routed",{"priority":4,"queue":"slow"}]]]`,
		"task_annotations": `{"celery.chord_unlock":{"ignore_result":true},"proj.mail":{"expires":90,"ignore_result":true,"priority":3,"queue":"mail"}}`,
		"task_queues": `[{"durable":true,"exchange":{"auto_delete":false,"durable":true,"name":"main","type":"direct"},"name":"main",` +
			`"routing_key":"main"},{"durable":true,"max_priority":5,"name":"mail"}]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if strings.Contains(out+errs, "secret@") {
		t.Errorf("shows the password:\n%s%s", out, errs)
	}
}

// An app of before URLs names its broker piece by piece; Celery then takes the host for the URL.
func TestBrokerOfAnOldApp(t *testing.T) {
	t.Parallel()
	python := testenv.Celery(t, testenv.Newest)
	cmd := appProgram(t, python.Path, "plain", "-A", "proj", "config", "--changed", "-o", "json")
	cmd.Env = append(cmd.Env, "PROJ_BROKER=", "PROJ_PARTS=1")
	out, errs := output(t, cmd, 0)
	if !strings.Contains(out, `"pyamqp://u:**@mq.example:5673/%2Fapp"`) || strings.Contains(out+errs, "secret") {
		t.Errorf("got %s%s", out, errs)
	}
}

func TestDjangoProject(t *testing.T) {
	t.Parallel()
	python := testenv.Celery(t, testenv.Newest)
	for form, by := range map[string]struct{ args, env []string }{
		"its own settings": {},
		"by the variable":  {env: []string{"DJANGO_SETTINGS_MODULE=website.settings"}},
		"by its folder":    {args: []string{"--workdir", "django"}},
	} {
		app := "django"
		if form == "by its folder" {
			app = "."
		}
		cmd := appProgram(t, python.Path, app, append(by.args, "-A", "website", "plan", "-o", "json")...)
		cmd.Env = append(cmd.Env, by.env...)
		out, errs := output(t, cmd, 0)
		want := map[string]string{
			"orders":                 "create|shop.tasks.orders|at minute 30 past hour 0, 6, 12 and 18|Asia/Kolkata|",
			"celery.backend_cleanup": "create|celery.backend_cleanup|at 04:00 every day|Asia/Kolkata|",
		}
		got := planned(t, out)
		for name := range want { // how the schedule is worded is tested elsewhere
			if !strings.HasPrefix(got[name], strings.Join(strings.SplitN(want[name], "|", 3)[:2], "|")) || !strings.HasSuffix(got[name], "|Asia/Kolkata|") {
				t.Errorf("%s: %s: got %q", form, name, got[name])
			}
		}
		if len(got) != len(want) || errs != "" {
			t.Errorf("%s: %q, %s", form, slices.Sorted(maps.Keys(got)), errs)
		}
	}
}

// What cannot be imported is said once, and what the app said before counts, without its password.
func TestAppCannotBeAsked(t *testing.T) {
	t.Parallel()
	python := testenv.Celery(t, testenv.Newest)
	cache := "XDG_CACHE_HOME=" + t.TempDir()
	run := func(code int, env []string, args ...string) string {
		t.Helper()
		cmd := appProgram(t, python.Path, "plain", args...)
		cmd.Env = append(append(cmd.Env, cache), env...)
		out, errs := output(t, cmd, code)
		if strings.Contains(out+errs, "secret@") {
			t.Errorf("shows a password:\n%s%s", out, errs)
		}
		return out + errs
	}
	const advice = "to do without Python, run the output of `beat export-script`"
	for name, tt := range map[string]struct {
		env  []string
		want string
	}{
		"no Python":   {[]string{"BEAT_PYTHON=no-python"}, "there is no Python: no no-python"},
		"an error":    {[]string{"PROJ_FAILS=1"}, "RuntimeError: no route to amqp://**@host//"},
		"never ready": {[]string{"PROJ_HANGS=1", "BEAT_APP_TIMEOUT=1"}, "did not import the app within 1s"},
	} {
		said := run(0, append(tt.env, "BEAT_DATABASE_URL=memory://"), "-A", "proj", "list")
		if !strings.Contains(said, tt.want) || strings.Count(said, advice) != 1 || !strings.Contains(said, "do not count") {
			t.Errorf("%s: %s", name, said)
		}
	}
	if said := run(0, []string{"PROJ_FAILS=1", "BEAT_DATABASE_URL=memory://"}, "-A", "proj", "--app-import=false", "list"); strings.Contains(said, "warning") {
		t.Errorf("as a label: %s", said)
	}

	run(0, nil, "-A", "proj", "list")
	said := run(2, []string{"PROJ_FAILS=1"}, "-A", "proj", "plan")
	if !strings.Contains(said, "broker_url: \"\" was left out of the export") {
		t.Errorf("with the last answer, without the broker: %s", said)
	}
	said = run(0, []string{"PROJ_FAILS=1", "CELERY_BROKER_URL=redis://127.0.0.1:1/0"}, "-A", "proj", "plan")
	if !strings.Contains(said, "so what it said at ") || !strings.Contains(said, "create crontab") {
		t.Errorf("with the last answer: %s", said)
	}
}

// The options that a task has in code decide where its message goes, as they do with celery beat.
func TestTasksOfTheAppReachTheirWorker(t *testing.T) {
	t.Parallel()
	python := testenv.Celery(t, testenv.Newest)
	url := testenv.Redis(t)
	dir, err := filepath.Abs(filepath.Join("testdata", "plain"))
	if err != nil {
		t.Fatal(err)
	}
	worker := python.StartWorker(t, testenv.WorkerConfig{
		Dir: dir, App: "proj", Env: []string{"PROJ_BROKER=" + url, "PYTHONDONTWRITEBYTECODE=1"}, Args: []string{"--queues", "mail"},
	})
	cmd := appProgram(t, python.Path, "plain", "-A", "proj", "beat", "-l", "info")
	cmd.Env = append(cmd.Env, "PROJ_BROKER="+url)
	beat := start(t, cmd)
	beat.wait(t, "settings of the app were read from its code")
	beat.wait(t, "Scheduler: Sending due task fraction (proj.mail)")
	worker.WaitFor(t, "Task proj.mail")
	worker.WaitFor(t, "succeeded")
}

// A deployment that has broken the app in the meantime must not take its settings from a beat that runs.
func TestAppBreaksWhileTheBeatRuns(t *testing.T) {
	t.Parallel()
	python := testenv.Celery(t, testenv.Newest)
	dir := t.TempDir()
	const code = `import os
from celery import Celery
assert not os.path.exists("broken"), "the disk is full"
app = Celery(broker="redis://127.0.0.1:1/0")
app.conf.beat_schedule = {"a": {"task": "b", "schedule": 3600}}
if os.path.exists("more"):
    app.conf.beat_schedule["c"] = {"task": "d", "schedule": 3600}
`
	if err := os.WriteFile(filepath.Join(dir, "proj.py"), []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	mark := func(name string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := appProgram(t, python.Path, "plain", "-A", "proj", "beat")
	cmd.Dir = dir
	p := start(t, cmd)
	p.wait(t, "settings of the app were read from its code")
	p.wait(t, "task created from beat_schedule\" name=a")
	mark("broken")
	p.signal(t, syscall.SIGHUP)
	p.wait(t, "could not be imported again, so what it said before counts: "+python.Path+": AssertionError: the disk is full")
	p.wait(t, "settings read again, nothing has changed")
	if err := os.Remove(filepath.Join(dir, "broken")); err != nil {
		t.Fatal(err)
	}
	mark("more")
	p.signal(t, syscall.SIGHUP)
	p.wait(t, "task created from beat_schedule\" name=c")
	p.signal(t, syscall.SIGTERM)
	if code := p.end(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
