package celeryapp

import (
	"bytes"
	"context"
	_ "embed" // for the script
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

//go:embed script/export.py
var script string

// Script returns the script that writes the settings of an app as JSON.
func Script() string { return script }

// ErrNoPython says that there is no Python on this machine, or not where it was said to be.
var ErrNoPython = errors.New("there is no Python")

// mostOutput bounds what is read of the script, bytes.
const mostOutput = 64 << 20

// Config says which app is read, and how.
type Config struct {
	App     string        // as for celery -A
	Python  string        // name or path; empty: python3, else python, from PATH
	Timeout time.Duration // for all of it; above 0
}

// Export runs the script in the working directory of this process and returns what it wrote, with settings that hold
// passwords. Its error says in one line why the app could not be read, without passwords.
func Export(ctx context.Context, c Config) ([]byte, error) {
	python, err := FindPython(c.Python)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, "-", "--secrets", "-A", c.App)
	cmd.Stdin = strings.NewReader(script)
	var out bytes.Buffer
	said := &tail{}
	wrote := &limited{to: &out, left: mostOutput}
	cmd.Stdout, cmd.Stderr = wrote, said
	inOwnGroup(cmd)             // what the app has started ends with it
	cmd.WaitDelay = time.Second // or at least is not waited for
	err = cmd.Run()
	switch {
	case wrote.left < 0:
		return nil, fmt.Errorf("%s wrote more than %d bytes", python, mostOutput)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("%s did not import the app within %s", python, c.Timeout)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil && said.last() != "":
		return nil, fmt.Errorf("%s: %s", python, masked(said.last()))
	case err != nil:
		return nil, fmt.Errorf("%s: %w", python, err)
	}
	return out.Bytes(), nil
}

// FindPython returns the path of a Python: the one named, or else the one in PATH. Its error wraps ErrNoPython.
func FindPython(name string) (string, error) {
	names := []string{name}
	if name == "" {
		names = []string{"python3", "python"}
	}
	for _, n := range names {
		if path, err := exec.LookPath(n); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: no %s", ErrNoPython, strings.Join(names, " or "))
}

// masked hides the passwords of URLs.
func masked(line string) string {
	return regexp.MustCompile(`://[^\s/]*@`).ReplaceAllString(line, "://**@")
}

// limited refuses to take more than it may.
type limited struct {
	to   *bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, errors.New("the output is too long")
	}
	return l.to.Write(p)
}

// tail keeps the end of what is written, where Python names the exception.
type tail struct{ text []byte }

func (t *tail) Write(p []byte) (int, error) {
	const most = 8 << 10
	t.text = append(t.text, p...)
	if over := len(t.text) - most; over > 0 {
		t.text = append([]byte(nil), t.text[over:]...)
	}
	return len(p), nil
}

// last returns the last line that is not blank.
func (t *tail) last() string {
	lines := strings.Split(strings.TrimSpace(string(t.text)), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
