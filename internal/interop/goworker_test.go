package interop_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/internal/testenv"
)

// TestGoWorker has the worker of examples/goworker execute scheduled tasks.
func TestGoWorker(t *testing.T) {
	t.Parallel()
	goworker := filepath.Join(t.TempDir(), "goworker")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", goworker, "../../examples/goworker")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build goworker: %v\n%s", err, out)
	}
	for _, broker := range brokers {
		t.Run(broker.name, func(t *testing.T) {
			t.Parallel()
			url := broker.url(t)
			s := newSite(t, url)
			s.env = append(s.env, "BEAT_TASK_PROTOCOL=1")
			cmd := exec.CommandContext(t.Context(), goworker)
			cmd.Env = append(os.Environ(), "CELERY_BROKER_URL="+url)
			worker := testenv.Start(t, cmd)
			worker.WaitFor(t, "goworker: ready")
			beat := s.beat(t)

			run := func(name, task, columns, values string) {
				t.Helper()
				s.exec(t, `with t as (insert into periodic_task (name, task, `+columns+`) values ($1, $2, `+values+`) returning id)
					insert into task_schedule (task_id, kind, clocked_time) select id, 'clocked', clock_timestamp() from t`, name, task)
			}
			for _, tt := range []struct{ name, task, columns, values, want string }{
				{"args", "tasks.add", "args", `'[2, 3]'`, "add(2, 3) = 5"},
				{"kwargs", "tasks.echo", "kwargs", `'{"who": "Grüße"}'`, "echo map[who:Grüße]"},
				{"expires", "tasks.add", "args, expire_seconds", `'[4, 5]', 3600`, "add(4, 5) = 9"},
				{"headers", "tasks.add", "args, headers", `'[6, 7]', '{"color": "blue"}'`, "add(6, 7) = 13"},
				// The worker ignores when it may begin, as its README warns.
				{"countdown", "tasks.add", "args, options", `'[8, 9]', '{"countdown": 3600}'`, "add(8, 9) = 17"},
			} {
				run(tt.name, tt.task, tt.columns, tt.values)
				worker.WaitFor(t, tt.want)
			}
			run("expired", "tasks.add", "args, expire_seconds", `'[10, 11]', 0.001`)
			run("last", "tasks.add", "args", `'[12, 13]'`)
			worker.WaitFor(t, "add(12, 13) = 25")
			if strings.Contains(worker.Output(), "add(10, 11)") {
				t.Error("the worker executed a task that had expired")
			}
			beat.Stop(t)
			worker.Stop(t)
			if strings.Contains(worker.Output(), "panic") {
				t.Error("the worker panicked when it was stopped")
			}
		})
	}
}
