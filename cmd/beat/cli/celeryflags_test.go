package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// celeryFlag is a flag of celery beat, in the form that it has there, and what it does here.
type celeryFlag struct {
	name string
	args []string          // the flag; it works before and after the word beat
	vars map[string]string // each one alone does the same
	want string            // in what the scheduler prints
}

// celeryFlags has a row for each flag and variable of celery beat whose effect can be seen in what the process prints;
// those that change the process itself are tested with the program as a whole (package main).
func celeryFlags(file, logfile string) []celeryFlag {
	return []celeryFlag{
		{"app", []string{"-A", "proj.app"}, map[string]string{"APP": "proj.app", "CELERY_APP": "proj.app"}, "app=proj.app"},
		{"app, long", []string{"--app=proj.app"}, nil, "app=proj.app"},
		{
			"broker",
			[]string{"-b", "redis://:secret@h/3"},
			map[string]string{
				"BROKER_URL": "redis://:secret@h/3", "CELERY_BROKER": "redis://:secret@h/3", "CELERY_BROKER_URL": "redis://:secret@h/3",
			},
			". broker -> redis://:**@h/3 (",
		},
		{"broker, long", []string{"--broker", "amqp://h//;amqp://i//"}, nil, ". broker -> amqp://h//;amqp://i// ("},
		{
			"result backend",
			[]string{"--result-backend", "redis://h/9"},
			map[string]string{"RESULT_BACKEND": "redis://h/9", "CELERY_RESULT_BACKEND": "redis://h/9"},
			"beat: Starting...",
		},
		{
			"loader",
			[]string{"--loader", "x.Loader"},
			map[string]string{"LOADER": "x.Loader", "CELERY_LOADER": "x.Loader"},
			"without a meaning here\" setting=loader",
		},
		{
			"config, a file",
			[]string{"--config", file},
			map[string]string{"CONFIG_MODULE": file, "CELERY_CONFIG": file, "CELERY_CONFIG_MODULE": file},
			". timezone -> Asia/Tokyo (file " + file + ")",
		},
		{
			"config, a module",
			[]string{"--config", "proj.celeryconfig"},
			map[string]string{"CELERY_CONFIG": "proj.celeryconfig"},
			"names a Python module, which is not read",
		},
		{"skip checks", []string{"--skip-checks"}, map[string]string{"SKIP_CHECKS": "yes please", "CELERY_SKIP_CHECKS": "1"}, "setting=skip_checks"},
		{
			"schedule",
			[]string{"-s", "/var/run/schedule"},
			map[string]string{"CELERY_BEAT_SCHEDULE": "/var/run/schedule"},
			"not used\" file=/var/run/schedule",
		},
		{"schedule, long", []string{"--schedule=/tmp/x"}, nil, "not used\" file=/tmp/x"},
		{
			"schedule in unit files", []string{"-s", "/tmp/x"}, map[string]string{"CELERYBEAT_SCHEDULE": "/tmp/x"}, "not used\" file=/tmp/x",
		},
		{
			"scheduler",
			[]string{"-S", "celery.beat:PersistentScheduler"},
			map[string]string{"CELERY_BEAT_SCHEDULER": "celery.beat:PersistentScheduler"},
			". scheduler -> celery.beat:PersistentScheduler (",
		},
		{"scheduler, long", []string{"--scheduler=native"}, nil, ". scheduler -> native ("},
		{"max interval", []string{"--max-interval", "0.25"}, map[string]string{"CELERY_BEAT_MAX_INTERVAL": "0.25"}, ". maxinterval -> 250ms"},
		{"max interval longer than a poll", []string{"--max-interval=300"}, nil, ". maxinterval -> 1s"},
		{"loglevel", []string{"-l", "ERROR"}, map[string]string{"CELERY_BEAT_LOGLEVEL": "ERROR"}, "[stderr]@%ERROR"},
		{"loglevel, lower case", []string{"--loglevel=warning"}, nil, "[stderr]@%WARNING"},
		{"loglevel warn", []string{"-l", "warn"}, nil, "[stderr]@%WARNING"},
		{"loglevel fatal", []string{"-l", "FATAL"}, nil, "[stderr]@%CRITICAL"},
		{"loglevel trace", []string{"-l", "trace"}, nil, "[stderr]@%TRACE"},
		{"logfile", []string{"-f", logfile}, map[string]string{"CELERY_BEAT_LOGFILE": logfile}, ". logfile -> " + logfile + "@%"},
		{"logfile, empty", []string{"--logfile="}, nil, "[stderr]@%"},
		{"pidfile, empty", []string{"--pidfile="}, map[string]string{"CELERY_BEAT_PIDFILE": ""}, "beat: Starting..."},
		{
			"executable",
			[]string{"--executable", "/usr/bin/python"},
			map[string]string{"CELERY_BEAT_EXECUTABLE": "/usr/bin/python"},
			"setting=executable",
		},
		{"hostname", []string{"-n", "beat@%h"}, map[string]string{"CELERY_BEAT_HOSTNAME": "beat@%h"}, "setting=hostname"},
		{"remote control", []string{"--enable-remote-control"}, nil, "setting=beat_enable_remote_control"},
		{"no remote control", []string{"--no-enable-remote-control"}, nil, "setting=beat_enable_remote_control"},
		{"no color", []string{"-C"}, map[string]string{"NO_COLOR": "1", "CELERY_NO_COLOR": "1"}, "beat: Starting..."},
	}
}

func TestFlagsOfCelery(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "beat.yaml")
	if err := os.WriteFile(file, []byte("timezone: Asia/Tokyo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	debug := []string{"BEAT_LOGLEVEL", "debug", "BEAT_APP_IMPORT", "no"}
	for _, tt := range celeryFlags(file, filepath.Join(dir, "log")) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for form, args := range map[string][]string{
				"before beat": append(tt.args, "beat"), "after beat": append([]string{"beat"}, tt.args...),
				"without beat": tt.args, "after run": append([]string{"run"}, tt.args...),
				"after celery": append(append([]string{"celery"}, tt.args...), "beat"),
			} {
				_, errs, code := once(ended(), newEnviron(debug...), args...)
				if code != 0 || !strings.Contains(errs, tt.want) || strings.Contains(errs, "secret") {
					t.Errorf("%s: exit code %d, no %q in\n%s", form, code, tt.want, errs)
				}
			}
			for name, value := range tt.vars {
				pairs := debug
				if strings.Contains(name, "LOGLEVEL") {
					pairs = nil
				}
				_, errs, code := once(ended(), newEnviron(append(pairs, name, value)...), "beat")
				if code != 0 || !strings.Contains(errs, tt.want) || strings.Contains(errs, "secret") {
					t.Errorf("%s=%s: exit code %d, no %q in\n%s", name, value, code, tt.want, errs)
				}
			}
		})
	}
}

func TestQuietAndVersion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		env  []string
	}{{args: []string{"-q", "beat"}}, {args: []string{"beat", "--quiet"}}, {args: []string{"beat"}, env: []string{"CELERY_QUIET", "1"}}} {
		_, errs, code := once(ended(), newEnviron(tt.env...), tt.args...)
		if code != 0 || strings.Contains(errs, "Configuration ->") || !strings.Contains(errs, "beat: Starting...") {
			t.Errorf("%q %q: exit code %d, %s", tt.args, tt.env, code, errs)
		}
	}
	for _, args := range [][]string{{"celery", "--version"}, {"celery", "beat", "--version"}, {"--version"}} {
		out, _, code := once(t.Context(), newEnviron(), args...)
		if code != 0 || !strings.HasPrefix(out, "gobeat 1.2.3") {
			t.Errorf("%q: exit code %d, %s", args, code, out)
		}
	}
	if out, _, _ := once(ended(), newEnviron("CELERY_VERSION", "true"), "beat"); !strings.HasPrefix(out, "gobeat 1.2.3") {
		t.Errorf("CELERY_VERSION: %s", out)
	}
	if out, errs, code := once(ended(), newEnviron("CELERY_VERSION", "5.3.6"), "beat"); out != "" || code != 0 {
		t.Errorf("CELERY_VERSION of an image: exit code %d, %s%s", code, out, errs)
	}
}

func TestBannerOfSixLines(t *testing.T) {
	t.Parallel()
	_, errs, _ := once(ended(), newEnviron("CELERY_BROKER_URL", "amqp://u:secret@mq//"), "beat")
	_, after, _ := strings.Cut(errs, "Configuration ->\n")
	var names []string
	for line := range strings.Lines(after) {
		if name, ok := strings.CutPrefix(line, "    . "); ok {
			name, _, _ = strings.Cut(name, " -> ")
			names = append(names, name)
		}
	}
	if got, want := strings.Join(names, " "), "broker scheduler database timezone maxinterval logfile"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if strings.Contains(errs, "secret") || !strings.Contains(errs, "amqp://u:**@mq//") {
		t.Errorf("the password is not masked:\n%s", errs)
	}
}

func TestSettingsAfterTheDashes(t *testing.T) {
	t.Parallel()
	for arg, want := range map[string]string{
		"beat.max_loop_interval=0.5":      "maxinterval -> 500ms",
		"beat.max_loop_interval=(int)1":   "maxinterval -> 1s",
		"beat_max_loop_interval=0.5":      "maxinterval -> 500ms",
		"BEAT.MAX_LOOP_INTERVAL=0.5":      "maxinterval -> 500ms",
		".timezone=Asia/Tokyo":            "timezone -> Asia/Tokyo",
		"CELERY_TIMEZONE=Asia/Tokyo":      "timezone -> Asia/Tokyo",
		"broker.url=redis://:secret@h/0":  "broker -> redis://:**@h/0",
		"CELERYBEAT_MAX_LOOP_INTERVAL=.5": "maxinterval -> 500ms",
		"worker.prefetch_multiplier=1":    "beat: Starting...",
		"beat.mux_loop_interval=1":        "did you mean beat_max_loop_interval?",
	} {
		_, errs, code := once(ended(), newEnviron(), "-A", "proj", "--app-import=no", "beat", "-l", "info", "--", arg)
		if code != 0 || !strings.Contains(errs, want) || strings.Contains(errs, "secret") {
			t.Errorf("%s: exit code %d, no %q in\n%s", arg, code, want, errs)
		}
	}
}

func TestLenient(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"beat", "--lenient", "--autoscale=3", "-l", "info"},
		{"--autoscale=3", "beat", "--lenient", "-l", "info"},
		{"beat", "--autoscale", "3", "--lenient"},
	} {
		_, errs, code := once(ended(), newEnviron(), args...)
		if code != 0 || !strings.Contains(errs, "unknown flag is passed over\" flag=--autoscale") {
			t.Errorf("%q: exit code %d\n%s", args, code, errs)
		}
	}
	_, _, code := once(ended(), newEnviron("BEAT_LENIENT", "1"), "beat", "--autoscale=3")
	if code != 0 {
		t.Errorf("by the variable: exit code %d", code)
	}
}

func TestUnderTheNameCelery(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"celery", "-A", "proj", "worker", "-B", "-l", "info"},
		{"celery", "inspect", "ping"},
		{"celery", "list"},
		{"celery", "--app=proj", "multi", "start"},
		{"celery", "-q", "purge", "-f"},
	} {
		out, errs, code := once(t.Context(), newEnviron(), args...)
		if code != 2 || out != "" || !strings.Contains(errs, "is not served: under the name celery this is gobeat") {
			t.Errorf("%q: exit code %d, %s%s", args, code, out, errs)
		}
	}
	out, _, code := once(t.Context(), newEnviron("CELERY_BROKER_URL", "redis://:secret@h/0"), "celery", "report")
	if code != 0 || !strings.Contains(out, "gobeat 1.2.3") || !strings.Contains(out, "redis://:**@h/0") {
		t.Errorf("report: exit code %d, %s", code, out)
	}
	out, _, code = once(t.Context(), newEnviron(), "celery")
	if code != 0 || !strings.Contains(out, "Stands in for celery beat") && !strings.Contains(out, "under the name celery") {
		t.Errorf("alone: exit code %d, %s", code, out)
	}
	for _, word := range []string{"celery-beat", "celerybeat"} {
		_, errs, code := once(ended(), newEnviron(), word, "-S", "native", "--max-interval=0.5")
		if code != 0 || !strings.Contains(errs, "maxinterval -> 500ms") {
			t.Errorf("%s: exit code %d, %s", word, code, errs)
		}
	}
}
