package server

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// MongoDB is FerretDB, which speaks MongoDB's protocol, built from internal/testenv/ferret; no Debian release has a
// MongoDB. Inserts and deletes are atomic there, updates are not. It is not among Kinds, so that only tests that use it pay
// for building it.
func MongoDB() Kind {
	return Kind{
		Name:     "mongodb",
		Package:  "golang",
		programs: []string{"go"},
		ports:    1,
		ready:    "listening on",
		stop:     syscall.SIGTERM,
		drop:     syscall.SIGKILL,
		prepare:  buildFerret,
		command: func(s *Server, _ []string) *exec.Cmd {
			return foreground(filepath.Join(s.dir, "ferret"), "-address", address(s.port(0)), "-dir", s.dir)
		},
		url: func(s *Server) string { return fmt.Sprintf("mongodb://%s/", address(s.port(0))) },
	}
}

// buildFerret builds the server, which is fast but for the first time.
func buildFerret(ctx context.Context, s *Server) error {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/gobeat/gobeat").Output()
	if err != nil {
		return fmt.Errorf("finding the module's folder: %w", err)
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(s.dir, "ferret"), ".")
	build.Dir = filepath.Join(strings.TrimSpace(string(root)), "internal", "testenv", "ferret")
	return quietly(build)
}
