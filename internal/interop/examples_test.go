package interop_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.yaml.in/yaml/v3"

	"github.com/gobeat/gobeat/internal/testenv"
)

func example(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../examples/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// setting returns the value of a line name=value, as INI files, units and environment files have it.
func setting(t *testing.T, text, name string) string {
	t.Helper()
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, name+"="); ok {
			return strings.TrimSpace(value)
		}
	}
	t.Fatalf("there is no %s in\n%s", name, text)
	return ""
}

// process is a program as a supervisor starts it.
func process(command string, environment map[string]string) service {
	return service{Command: strings.Fields(command), Environment: environment}
}

// urls are the variables that each example must set; the test puts in its own values.
func urls() map[string]string { return map[string]string{"DATABASE_URL": "", "CELERY_BROKER_URL": ""} }

// TestExamples runs what the examples of supervisors start, as local processes with the addresses of the test servers,
// sees that it leads, and that the stop signal ends it.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, e := range []struct {
		name string
		read func(t *testing.T) service
	}{
		{"procfile", func(t *testing.T) service {
			t.Helper()
			_, command, ok := strings.Cut(example(t, "procfile/Procfile"), "\nbeat: ")
			if !ok {
				t.Fatal("there is no process named beat")
			}
			return process(command, urls()) // the platform sets them
		}},
		{"supervisord", func(t *testing.T) service {
			t.Helper()
			text := example(t, "supervisord/beat.conf")
			if signal := setting(t, text, "stopsignal"); signal != "TERM" {
				t.Errorf("the stop signal is %s", signal)
			}
			environment := map[string]string{}
			for _, pair := range regexp.MustCompile(`(\w+)="([^"]*)"`).FindAllStringSubmatch(setting(t, text, "environment"), -1) {
				environment[pair[1]] = pair[2]
			}
			return process(setting(t, text, "command"), environment)
		}},
		{"systemd", func(t *testing.T) service {
			t.Helper()
			unit, environment := example(t, "systemd/beat.service"), map[string]string{}
			if signal := setting(t, unit, "KillSignal"); signal != "SIGTERM" {
				t.Errorf("the stop signal is %s", signal)
			}
			if file := setting(t, unit, "EnvironmentFile"); file != "/etc/beat.env" {
				t.Errorf("the environment is in %s, which the README does not install", file)
			}
			for line := range strings.Lines(example(t, "systemd/beat.env")) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
				environment[name] = value
			}
			return process(strings.TrimPrefix(setting(t, unit, "ExecStart"), "/usr/local/bin/"), environment)
		}},
	} {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			s := e.read(t)
			for name := range urls() {
				if _, ok := s.Environment[name]; !ok {
					t.Errorf("%s is not set", name)
				}
			}
			local := map[string]string{"DATABASE_URL": testenv.PostgreSQL(t), "CELERY_BROKER_URL": testenv.Redis(t)}
			beat := start(t, s, local, "beat", []string{program}, ".")
			beat.WaitFor(t, "leading")
			beat.Stop(t)
		})
	}
}

// deployment is what the test reads of a Deployment.
type deployment struct {
	Spec struct {
		Replicas int
		Template struct {
			Spec struct {
				Containers []struct {
					Command []string
					Env     []struct{ Name, Value string }

					Liveness  probe `yaml:"livenessProbe"`
					Readiness probe `yaml:"readinessProbe"`
				}
			}
		}
	}
}

type probe struct {
	HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
}

// TestKubernetesExample runs the container of the manifest as often as it has replicas, and asks its probes.
func TestKubernetesExample(t *testing.T) {
	t.Parallel()
	var d deployment
	if err := yaml.Unmarshal([]byte(example(t, "kubernetes/beat.yaml")), &d); err != nil {
		t.Fatal(err)
	}
	c := d.Spec.Template.Spec.Containers[0]
	s := service{Command: c.Command, Environment: map[string]string{}}
	for _, e := range c.Env {
		s.Environment[e.Name] = e.Value
	}
	local := map[string]string{
		"DATABASE_URL": testenv.PostgreSQL(t), "CELERY_BROKER_URL": testenv.Redis(t), "BEAT_HTTP": "127.0.0.1:0",
	}
	for n := range d.Spec.Replicas {
		beat := start(t, s, local, "beat", []string{program}, ".")
		address := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(beat.WaitFor(t, "serving health and metrics"))
		if n == 0 {
			beat.WaitFor(t, "leading")
		} else {
			beat.WaitFor(t, "standing by")
		}
		for _, p := range []probe{c.Liveness, c.Readiness} {
			ask, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+p.HTTPGet.Path, nil)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := http.DefaultClient.Do(ask)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				t.Errorf("replica %d answers %s to %s", n, answer.Status, p.HTTPGet.Path)
			}
		}
	}
}

// TestDjangoExample runs the services of the Django example: the tables are made by Django, the schedule by SQL as its
// ORM writes it, and the worker of the project executes, from the queue that the settings of the project name.
func TestDjangoExample(t *testing.T) {
	t.Parallel()
	var file struct{ Services map[string]service }
	if err := yaml.Unmarshal([]byte(example(t, "django/docker-compose.yml")), &file); err != nil {
		t.Fatal(err)
	}
	const dir = "../../examples/django"
	local := map[string]string{"DATABASE_URL": testenv.PostgreSQL(t), "CELERY_BROKER_URL": testenv.Redis(t)}
	python := testenv.Celery(t, testenv.Django)
	start(t, file.Services["migrate"], local, "python", []string{python.Path}, dir).Wait(t)
	for _, c := range []struct{ command, want string }{
		{"beat -S django migrate --triggers", "triggers added"},
		{"beat -S django migrate --no-triggers", "triggers removed"},
		{"beat -S django migrate --triggers", "triggers added"},
	} {
		start(t, process(c.command, urls()), local, "beat", []string{program}, dir).WaitFor(t, c.want)
	}
	worker := start(t, file.Services["worker"], local, "celery", []string{python.Path, "-m", "celery"}, dir)
	worker.WaitFor(t, " ready.")

	db, err := pgx.Connect(t.Context(), local["DATABASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(t.Context()) })
	s := site{db: db}
	s.exec(t, `with i as (insert into django_celery_beat_intervalschedule (every, period) values (1, 'seconds') returning id)
		insert into django_celery_beat_periodictask (name, task, args, kwargs, enabled, total_run_count, date_changed, description,
			one_off, headers, interval_id)
		select 'add', 'proj.add', '[2, 3]', '{}', true, 0, now(), '', false, '{}', id from i`)
	running := file.Services["beat"]
	running.Environment["BEAT_PYTHON"], local["BEAT_PYTHON"] = python.Path, python.Path // in the image it is in the path
	beat := start(t, running, local, "beat", []string{program}, dir)
	worker.WaitFor(t, "add(2, 3) = 5")
	beat.Stop(t)
	worker.Stop(t)
}

// TestFlaskExample runs the services of the Flask example: the tables are made by the models, a task comes from
// beat_schedule and one from a page of the project, and the worker of the project executes both.
func TestFlaskExample(t *testing.T) {
	t.Parallel()
	var file struct{ Services map[string]service }
	if err := yaml.Unmarshal([]byte(example(t, "flask/docker-compose.yml")), &file); err != nil {
		t.Fatal(err)
	}
	const dir = "../../examples/flask"
	python := testenv.Celery(t, testenv.SQLAlchemy)
	local := map[string]string{
		"DATABASE_URL": testenv.PostgreSQL(t), "CELERY_BROKER_URL": testenv.Redis(t),
		"FLASK_RUN_PORT": "0", "FLASK_RUN_HOST": "127.0.0.1", "BEAT_PYTHON": python.Path,
	}
	start(t, file.Services["tables"], local, "python", []string{python.Path}, dir).Wait(t)
	web := start(t, file.Services["web"], local, "flask", []string{python.Path, "-m", "flask"}, dir)
	worker := start(t, file.Services["worker"], local, "celery", []string{python.Path, "-m", "celery"}, dir)
	worker.WaitFor(t, " ready.")
	running := file.Services["beat"]
	running.Environment["BEAT_PYTHON"] = python.Path // in the image it is in the path
	beat := start(t, running, local, "beat", []string{program}, dir)
	worker.WaitFor(t, "add(1, 1) = 2")

	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(web.WaitFor(t, "Running on "))
	ask, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/tasks",
		strings.NewReader(`{"name": "add", "task": "proj.add", "every": 1, "args": [2, 3]}`))
	if err != nil {
		t.Fatal(err)
	}
	ask.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(ask)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		t.Fatalf("the page answers %s", answer.Status)
	}
	worker.WaitFor(t, "add(2, 3) = 5")
	for _, p := range []*testenv.Program{beat, worker} {
		p.Stop(t)
	}
}
