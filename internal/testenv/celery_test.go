package testenv_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gobeat/gobeat/internal/testenv"
)

// TestCeleryWorkerExecutesWhatItsOwnClientSends proves the chain from a real client over a real broker to a real
// worker and back.
func TestCeleryWorkerExecutesWhatItsOwnClientSends(t *testing.T) {
	t.Parallel()
	brokers := []struct {
		name string
		url  func(testing.TB) string
	}{{"redis", testenv.Redis}, {"rabbitmq", testenv.RabbitMQ}}
	for _, version := range []testenv.Version{testenv.Newest, testenv.Old} {
		for _, broker := range brokers {
			t.Run(string(version)+" "+broker.name, func(t *testing.T) {
				t.Parallel()
				python := testenv.Celery(t, version)
				env := []string{"CELERY_BROKER_URL=" + broker.url(t), "CELERY_RESULT_BACKEND=" + testenv.Redis(t)}
				worker := python.StartWorker(t, testenv.WorkerConfig{Dir: "testdata/app", App: "app", Env: env})

				got := strings.TrimSpace(python.Run(t, "testdata/app", env, "send.py"))
				if got != "42" {
					t.Errorf("result %q, want %q", got, "42")
				}
				if line := worker.WaitFor(t, "succeeded"); !strings.Contains(line, "app.add") {
					t.Errorf("worker printed %q, want the name app.add in it", line)
				}
				worker.Stop(t)
			})
		}
	}
}

func TestCeleryVersions(t *testing.T) {
	t.Parallel()
	const python = "import celery, sys; print(celery.__version__, sys.version_info < (3, 12))"
	for version, want := range map[testenv.Version][]string{
		testenv.Newest: {"5.7.0 True", "5.7.0 False"},
		testenv.Old:    {"5.2.7 True", "5.3.6 False"},
	} {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			got := strings.TrimSpace(testenv.Celery(t, version).Run(t, t.TempDir(), nil, "-c", python))
			if !slices.Contains(want, got) {
				t.Errorf("version and whether Python is older than 3.12: %q, want one of %q", got, want)
			}
		})
	}
}
