package testenv

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/gobeat/gobeat/internal/testenv/server"
)

// holder is the command that keeps a server for a test binary that runs alone.
const holder = "github.com/gobeat/gobeat/internal/testenv/cmd/testservers"

// held keeps the servers that this test binary started.
//
//nolint:gochecknoglobals // the servers are shared between tests that know nothing of each other
var held = struct {
	sync.Mutex
	pipes map[string]io.Closer // closing one, or dying, ends its server
}{pipes: map[string]io.Closer{}}

// variable returns the value of an environment variable that describes the shared server of a kind, after starting
// that server if there is none.
func variable(t testing.TB, kind server.Kind, name string) string {
	t.Helper()
	held.Lock()
	defer held.Unlock()
	if os.Getenv(kind.URLVariable()) == "" {
		need(t, kind.Installed())
		check(t, hold(kind))
	}
	return os.Getenv(name)
}

// hold starts a server in a process of its own, which ends it when this process is gone for whatever reason, and puts
// what it says into our environment. It leaves no goroutine behind, so that leak checks stay possible.
func hold(kind server.Kind) error {
	// No context: it lives as long as this process.
	cmd := exec.CommandContext(context.Background(), "go", "run", holder, "-hold", kind.Name)
	in, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("making a pipe: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("making a pipe: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("running the go command: %w", err)
	}
	held.pipes[kind.Name] = in
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "" {
		name, value, _ := strings.Cut(lines.Text(), "=")
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("setting %s: %w", name, err)
		}
	}
	if os.Getenv(kind.URLVariable()) == "" {
		return fmt.Errorf("starting %s: run \"go run %s -hold %s\" to see why", kind.Name, holder, kind.Name)
	}
	return nil
}
