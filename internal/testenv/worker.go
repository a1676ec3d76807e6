package testenv

import (
	"os"
	"os/exec"
	"testing"
)

// WorkerConfig says how to start a Celery worker.
type WorkerConfig struct {
	// Dir is the worker's folder, which holds the module of the app.
	Dir string
	// App is the value of --app, for example "app".
	App string
	// Env has more variables, NAME=value; Celery itself reads CELERY_BROKER_URL and CELERY_RESULT_BACKEND.
	Env []string
	// Args are more arguments of "celery worker", for example "--queues", "mail". They come after
	// --loglevel INFO --pool solo --without-gossip --without-mingle, and the last one counts.
	Args []string
}

// StartWorker starts an unmodified Celery worker and returns when it has said that it is ready. It prints a line with
// "received" and one with "succeeded" for each task.
func (p Python) StartWorker(t testing.TB, config WorkerConfig) *Program {
	t.Helper()
	worker := p.LaunchWorker(t, config)
	worker.WaitFor(t, " ready.")
	return worker
}

// LaunchWorker is StartWorker without the wait. What lies in its queues a worker begins to execute before it says that
// it is ready.
func (p Python) LaunchWorker(t testing.TB, config WorkerConfig) *Program {
	t.Helper()
	args := []string{
		"-m", "celery", "--app", config.App, "worker",
		"--loglevel", "INFO", "--pool", "solo", "--without-gossip", "--without-mingle",
	}
	cmd := exec.CommandContext(t.Context(), p.Path, append(args, config.Args...)...)
	cmd.Dir = config.Dir
	// Unbuffered, so that a line printed by a task arrives when it is printed.
	cmd.Env = append(append(os.Environ(), "PYTHONUNBUFFERED=1"), config.Env...)
	return Start(t, cmd)
}
