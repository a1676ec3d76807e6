package interop_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/internal/testenv"
)

// TestAskWorkers lets beat check ask real workers: it names what none knows and what none reads, and nothing else.
func TestAskWorkers(t *testing.T) {
	t.Parallel()
	for _, broker := range []struct {
		name string
		url  func(testing.TB) string
	}{{"rabbitmq", testenv.RabbitMQ}, {"redis", testenv.Redis}} {
		for _, version := range []testenv.Version{testenv.Newest, testenv.Old} {
			t.Run(broker.name+" "+string(version), func(t *testing.T) {
				t.Parallel()
				url := broker.url(t)
				s := newSite(t, url)
				s.exec(t, `insert into periodic_task (name, task, queue) values
					('good', 'proj.echo', null), ('cleanup', 'celery.backend_cleanup', null), ('mail', 'proj.echo', 'mail'), ('strange', 'proj.strange', null),
					('unread', 'proj.echo', 'unread'), ('off', 'proj.gone', 'gone')`)
				s.exec(t, `insert into task_schedule (task_id, kind, every, period)
					select id, 'interval', 1, 'days' from periodic_task`)
				s.exec(t, "update periodic_task set enabled = false where name = 'off'")
				if got := strings.Join(s.check(t), "; "); !strings.HasPrefix(got, "warn workers none answers") {
					t.Errorf("without a worker: %s", got)
				}
				testenv.Celery(t, version).StartWorker(t, testenv.WorkerConfig{
					Dir: "testdata/proj", App: "proj", Env: []string{"CELERY_BROKER_URL=" + url},
				})
				got := s.check(t)
				if len(got) != 3 || !strings.HasPrefix(got[0], "ok workers 1 answer: celery@") ||
					got[1] != "warn task proj.strange, of 1 rows such as strange: no worker knows it" ||
					got[2] != "warn queue unread, of 1 rows such as unread: no worker reads it" {
					t.Errorf("with a worker: %q", got)
				}
			})
		}
	}
}

// check returns the lines of beat check about workers and all that follow them.
func (s *site) check(t *testing.T) (lines []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "check", "-o", "json")
	cmd.Env = s.env
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("check: %v\n%s", err, out)
	}
	var report []struct{ Result, About, Detail string }
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	for _, f := range report {
		if f.About == "workers" || len(lines) > 0 {
			lines = append(lines, f.Result+" "+f.About+" "+f.Detail)
		}
	}
	return lines
}
