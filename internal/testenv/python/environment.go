package python

import (
	"context"
	"crypto/sha256"
	_ "embed" // for the requirement files
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

var (
	//go:embed requirements-newest.txt
	newest []byte
	//go:embed requirements-old.txt
	old []byte
	//go:embed requirements-django.txt
	django []byte
	//go:embed requirements-sqlalchemy.txt
	sqlalchemy []byte
	//go:embed requirements-peers.txt
	peers []byte
	//go:embed requirements-moto.txt
	moto []byte
)

// ErrNotBuilt says that an environment is absent from this machine.
var ErrNotBuilt = errors.New("not built")

// Package is the Debian package that installs what building an environment needs.
const Package = "python3-venv"

// Environment is one Python virtual environment.
type Environment struct {
	// Name tells the environments apart: "newest", "old", "django" or "sqlalchemy".
	Name         string
	requirements []byte
}

// Newest is the environment with the newest Celery.
func Newest() Environment { return Environment{Name: "newest", requirements: newest} }

// Old is the environment with an old Celery that is still in use.
func Old() Environment { return Environment{Name: "old", requirements: old} }

// Django is the environment with django-celery-beat.
func Django() Environment { return Environment{Name: "django", requirements: django} }

// SQLAlchemy is the environment with sqlalchemy-celery-beat.
func SQLAlchemy() Environment { return Environment{Name: "sqlalchemy", requirements: sqlalchemy} }

// Peers is the environment of the fault tests: schedulers to compare with, beside the newest Celery. Only they build it.
func Peers() Environment { return Environment{Name: "peers", requirements: peers} }

// Moto is the environment of the server that stands in for DynamoDB. Only tests of that build it.
func Moto() Environment { return Environment{Name: "moto", requirements: moto} }

// All returns every environment that tests need.
func All() []Environment { return []Environment{Newest(), Old(), Django(), SQLAlchemy()} }

// Find returns the path of the environment's Python, or an error that wraps ErrNotBuilt.
func (e Environment) Find() (string, error) {
	dir, err := e.dir()
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(marker(dir)); err != nil {
		return "", fmt.Errorf("python environment %q is %w", e.Name, ErrNotBuilt)
	}
	path := interpreter(dir)
	// The link inside breaks when the Python it was made with goes away.
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("python environment %q is %w: its python is gone", e.Name, ErrNotBuilt)
	}
	return path, nil
}

// Build makes the environment if it is absent. It needs the network then, and Installed to be nil.
func (e Environment) Build(ctx context.Context) error {
	if _, err := e.Find(); err == nil {
		return nil
	}
	base, err := basePython(ctx)
	if err != nil {
		return err
	}
	dir, err := e.dir()
	if err != nil {
		return err
	}
	unlock, err := lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := e.Find(); err == nil {
		return nil // somebody else built it meanwhile
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("removing an unfinished environment: %w", err)
	}
	if err := run(ctx, base, "-m", "venv", dir); err != nil {
		return err
	}
	list := filepath.Join(dir, "requirements.txt")
	if err := os.WriteFile(list, e.requirements, 0o600); err != nil {
		return fmt.Errorf("writing the requirements: %w", err)
	}
	pip := []string{"-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "5", "--requirement", list}
	if err := run(ctx, interpreter(dir), pip...); err != nil {
		return err
	}
	return os.WriteFile(marker(dir), nil, 0o600)
}

// Installed returns nil when an environment can be built on this machine.
func Installed(ctx context.Context) error {
	_, err := basePython(ctx)
	return err
}

// basePython finds a Python that is new enough and can make environments: the one in PATH, else the system's own.
func basePython(ctx context.Context) (string, error) {
	const check = "import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))"
	for _, path := range []string{"python3", "/usr/bin/python3"} {
		if exec.CommandContext(ctx, path, "-c", check).Run() == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no Python 3.10 or newer with venv (Debian package %s) is installed", Package)
}

func (e Environment) dir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the cache folder: %w", err)
	}
	sum := sha256.Sum256(e.requirements)
	return filepath.Join(cache, "gobeat", "venv-"+e.Name+"-"+hex.EncodeToString(sum[:6])), nil
}

func interpreter(dir string) string { return filepath.Join(dir, "bin", "python") }

// marker is the file whose presence says that an environment is complete.
func marker(dir string) string { return filepath.Join(dir, "complete") }

func run(ctx context.Context, program string, args ...string) error {
	output, err := exec.CommandContext(ctx, program, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("running %s: %w\n%s", program, err, output)
	}
	return nil
}
