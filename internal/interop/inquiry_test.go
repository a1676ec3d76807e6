package interop_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/internal/testenv"
)

// TestWorkersAreAsked lets beat list and beat run ask a real worker, over a control exchange of its own and in a serializer
// that takes the place of JSON: both name the rows that it cannot run, and no other.
func TestWorkersAreAsked(t *testing.T) {
	t.Parallel()
	for _, broker := range []struct {
		name, serializer string
		url              func(testing.TB) string
	}{{"rabbitmq", "yaml", testenv.RabbitMQ}, {"redis", "msgpack", testenv.Redis}} {
		t.Run(broker.name, func(t *testing.T) {
			t.Parallel()
			url := broker.url(t)
			s := newSite(t, url)
			s.env = append(s.env, "CELERY_CONTROL_EXCHANGE=office", "CELERY_TASK_SERIALIZER="+broker.serializer)
			s.exec(t, `insert into periodic_task (name, task, queue) values
				('good', 'proj.echo', null), ('mail', 'proj.echo', 'mail'), ('strange', 'proj.strange', null),
				('unread', 'proj.echo', 'unread'), ('off', 'proj.gone', 'gone'), ('cleanup', 'celery.backend_cleanup', null)`)
			s.exec(t, `insert into task_schedule (task_id, kind, every, period)
				select id, 'interval', 1, 'days' from periodic_task order by id`)
			s.exec(t, "update periodic_task set enabled = false where name = 'off'")
			testenv.Celery(t, testenv.Newest).StartWorker(t, testenv.WorkerConfig{
				Dir: "testdata/proj", App: "proj", Env: []string{"CELERY_BROKER_URL=" + url, "PROJ_CONTROL_EXCHANGE=office", "PROJ_SERIALIZER=" + broker.serializer},
			})
			want := map[string][]string{
				"good": nil, "mail": nil, "off": nil, "cleanup": nil,
				"strange": {"no worker knows the task proj.strange"}, "unread": {"no worker reads the queue unread"},
			}
			if diff := cmp.Diff(want, s.unmet(t)); diff != "" {
				t.Errorf("list (-want +got):\n%s", diff)
			}
			beat := s.beat(t)
			first, second := beat.WaitFor(t, "no worker"), beat.WaitFor(t, "no worker")
			if !strings.Contains(first, `no worker knows the task" name=strange schedule=3 task=proj.strange`) ||
				!strings.Contains(second, `no worker reads the queue" name=unread schedule=4 queue=unread`) {
				t.Errorf("warned of\n%s\n%s", first, second)
			}
			s.exec(t, "insert into periodic_task (name, task) values ('late', 'proj.late')")
			s.exec(t, `insert into task_schedule (task_id, kind, every, period)
				select id, 'interval', 1, 'days' from periodic_task where name = 'late'`)
			if line := beat.WaitFor(t, "no worker"); !strings.Contains(line, "name=late") {
				t.Errorf("warned of %s, want the row that was added", line)
			}
		})
	}
}

// unmet returns what beat list --ask-workers finds missing, by row.
func (s *site) unmet(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "list", "--ask-workers", "-o", "json")
	cmd.Env = s.env
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("list: %v\n%s", err, out)
	}
	var rows []struct {
		Name  string
		Unmet []string
	}
	if err := json.Unmarshal(out, &rows); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	unmet := map[string][]string{}
	for _, r := range rows {
		unmet[r.Name] = r.Unmet
	}
	return unmet
}
