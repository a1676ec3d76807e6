package interop_test

import (
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.yaml.in/yaml/v3"

	"github.com/gobeat/gobeat/internal/testenv"
)

// service is what a service of docker-compose.yml runs.
type service struct {
	Command     []string
	Environment map[string]string
	Profiles    []string
}

// TestCompose runs the commands of our services of docker-compose.yml with their environment as local processes; only
// the addresses in their URLs are those of the test servers. It edits a row and sees the Python worker execute.
func TestCompose(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Services map[string]service }
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	pairs := []struct {
		beat, worker, broker string
		url                  func(testing.TB) string
	}{
		{"beat", "worker", "rabbitmq", testenv.RabbitMQ},
		{"beat-redis", "worker-redis", "redis", testenv.Redis},
	}
	for _, pair := range pairs {
		t.Run(pair.beat, func(t *testing.T) {
			t.Parallel()
			beat, worker := file.Services[pair.beat], file.Services[pair.worker]
			for _, host := range []struct{ url, want string }{
				{beat.Environment["DATABASE_URL"], "postgres"},
				{beat.Environment["CELERY_BROKER_URL"], pair.broker},
				{worker.Environment["CELERY_BROKER_URL"], pair.broker},
			} {
				u, err := url.Parse(host.url)
				if err != nil || u.Hostname() != host.want {
					t.Errorf("%s does not name the service %s (%v)", host.url, host.want, err)
				}
			}
			local := map[string]string{"DATABASE_URL": testenv.PostgreSQL(t), "CELERY_BROKER_URL": pair.url(t)}
			python := testenv.Celery(t, testenv.Newest)
			working := start(t, worker, local, "celery", []string{python.Path, "-m", "celery"}, "../../examples/python")
			working.WaitFor(t, " ready.")
			leading := start(t, beat, local, "beat", []string{program}, ".")
			leading.WaitFor(t, "leading")

			db, err := pgx.Connect(t.Context(), local["DATABASE_URL"])
			if err != nil {
				t.Fatal(err)
			}
			s := site{db: db}
			t.Cleanup(func() { _ = db.Close(t.Context()) })
			s.exec(t, `with t as (insert into periodic_task (namespace, name, task, args)
					values ($1, 'hello', 'tasks.add', '[2, 3]') returning id)
				insert into task_schedule (task_id, kind, every, period) select id, 'interval', 1, 'seconds' from t`,
				beat.Environment["BEAT_NAMESPACE"])
			working.WaitFor(t, "add(2, 3) = 5")
			s.exec(t, `update periodic_task set args = '[20, 3]'`)
			working.WaitFor(t, "add(20, 3) = 23")
			leading.Stop(t)
			working.Stop(t)
		})
	}
}

// start runs the command of a service, whose first word stands for program, in dir.
func start(
	t *testing.T, s service, local map[string]string, word string, program []string, dir string,
) *testenv.Program {
	t.Helper()
	if len(s.Command) == 0 || s.Command[0] != word {
		t.Fatalf("command %q does not begin with %s", s.Command, word)
	}
	args := append(program[1:len(program):len(program)], s.Command[1:]...)
	cmd := exec.CommandContext(t.Context(), program[0], args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1")
	for name, value := range s.Environment {
		if there, ok := local[name]; ok {
			value = there
		}
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return testenv.Start(t, cmd)
}

// TestDockerfiles checks what can be checked without an engine: that the files which are copied exist, and that
// nothing runs as root.
func TestDockerfiles(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"../..", "../../examples/python", "../../examples/django", "../../examples/flask"} {
		text, err := os.ReadFile(dir + "/Dockerfile")
		if err != nil {
			t.Fatal(err)
		}
		user := "root"
		for line := range strings.Lines(string(text)) {
			words := strings.Fields(line)
			switch {
			case len(words) < 2:
			case words[0] == "FROM":
				user = "root"
			case words[0] == "USER":
				user = words[1]
			case words[0] == "COPY" && !strings.HasPrefix(words[1], "--from"):
				for _, source := range words[1 : len(words)-1] {
					if _, err := os.Stat(dir + "/" + source); err != nil {
						t.Errorf("%s/Dockerfile copies what is not there: %v", dir, err)
					}
				}
			}
		}
		if user == "root" || strings.HasPrefix(user, "0") {
			t.Errorf("%s/Dockerfile runs as %s", dir, user)
		}
	}
}
