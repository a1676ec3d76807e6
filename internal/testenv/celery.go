package testenv

import (
	"bytes"
	"os"
	"os/exec"
	"testing"

	"github.com/gobeat/gobeat/internal/testenv/python"
)

// Version is a release of Celery that tests run against.
type Version string

const (
	// Newest is the newest Celery.
	Newest Version = "newest"
	// Old is an old Celery that is still in use: 5.2, or 5.3 where Python is too new for 5.2; with
	// celery-sqlalchemy-scheduler.
	Old Version = "old"
	// Django is the newest Celery with django-celery-beat.
	Django Version = "django"
	// SQLAlchemy is the newest Celery with sqlalchemy-celery-beat.
	SQLAlchemy Version = "sqlalchemy"
)

// Python is an environment in which Celery is installed.
type Python struct {
	// Path is the environment's Python program. Run everything as its modules: Path -m celery ….
	Path string
}

// Celery returns the environment of that version.
func Celery(t testing.TB, version Version) Python {
	t.Helper()
	environment := python.Newest()
	switch version {
	case Old:
		environment = python.Old()
	case Django:
		environment = python.Django()
	case SQLAlchemy:
		environment = python.SQLAlchemy()
	case Newest:
	}
	path, err := environment.Find()
	need(t, err)
	return Python{Path: path}
}

// Run runs Python in a folder, with env (NAME=value) added to the environment, and returns what it printed on standard
// output. The test fails, and shows standard error, when the exit code is not 0.
func (p Python) Run(t testing.TB, dir string, env []string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), p.Path, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("python %q: %v\n%s%s", args, err, out.String(), errs.String())
	}
	return out.String()
}
