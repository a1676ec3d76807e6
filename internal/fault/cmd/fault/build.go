package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/gobeat/gobeat/internal/fault/site"
	"github.com/gobeat/gobeat/internal/testenv/python"
)

// build makes the programs that the tests run.
func build(ctx context.Context, dir string) (site.Tools, error) {
	tools := site.Tools{Beat: filepath.Join(dir, "beat"), Before: filepath.Join(dir, "beat-before")}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return tools, err
	}
	if err := output(ctx, ".", nil, "go", "build", "-tags", "failpoint,faultclock", "-o", tools.Beat, "./cmd/beat"); err != nil {
		return tools, err
	}
	var err error
	if tools.Harness, err = os.Executable(); err != nil {
		return tools, err
	}
	peers := python.Peers()
	if err := peers.Build(ctx); err != nil {
		return tools, fmt.Errorf("build the Python environment of the peers: %w", err)
	}
	tools.Python, err = peers.Find()
	return tools, err
}

// buildBefore builds beat as it was at an earlier commit.
func buildBefore(ctx context.Context, program, from string) error {
	if from == "" {
		from = "HEAD~1"
		var tag strings.Builder
		if output(ctx, ".", &tag, "git", "describe", "--tags", "--abbrev=0", "HEAD~1") == nil {
			from = strings.TrimSpace(tag.String())
		}
	}
	source, err := os.MkdirTemp("", "gobeat-before-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(source) }()
	archive := source + ".tar"
	defer func() { _ = os.Remove(archive) }()
	if err := output(ctx, ".", nil, "git", "archive", "--output", archive, from); err != nil {
		return err
	}
	if err := output(ctx, ".", nil, "tar", "--extract", "--file", archive, "--directory", source); err != nil {
		return err
	}
	return output(ctx, source, nil, "go", "build", "-o", program, "./cmd/beat")
}

// output runs a command in a folder and, if wanted, returns what it prints.
func output(ctx context.Context, dir string, out *strings.Builder, args ...string) error {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0")
	text, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, text)
	}
	if out != nil {
		out.Write(text)
	}
	return nil
}
