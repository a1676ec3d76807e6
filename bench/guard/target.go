package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// target is a package with the benchmarks of it that are measured.
type target struct{ pkg, pattern string }

// program is the compiled tests of a target.
type program struct {
	target

	path, dir string
}

// samples are measured values by the name of their benchmark and unit.
type samples map[metric][]float64

type metric struct{ name, unit string }

// build compiles the tests of a target within a tree. Paths are left out of it, so that what both trees have in common is
// compiled once.
func build(ctx context.Context, tree string, t target, path string) (*program, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-trimpath", "-vet=off", "-o", path, t.pkg)
	cmd.Dir, cmd.Stderr = tree, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("compile the benchmarks of %s: %w", t.pkg, err)
	}
	return &program{target: t, path: path, dir: filepath.Join(tree, t.pkg)}, nil
}

// measure runs the benchmarks once and adds what they say.
func (p *program) measure(ctx context.Context, to samples) error {
	cmd := exec.CommandContext(ctx, p.path, "-test.run=^$", "-test.bench="+p.pattern, "-test.benchtime="+benchtime, "-test.benchmem")
	cmd.Dir, cmd.Stderr = p.dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("run the benchmarks of %s: %w", p.pkg, err)
	}
	reader := benchfmt.NewReader(bytes.NewReader(out), p.pkg)
	for reader.Scan() {
		result, ok := reader.Result().(*benchfmt.Result)
		if !ok {
			continue
		}
		for _, v := range result.Values {
			m := metric{name: p.pkg + " " + result.Name.String(), unit: v.Unit}
			to[m] = append(to[m], v.Value)
		}
	}
	return reader.Err()
}

// export writes the files of a commit into a folder.
func export(ctx context.Context, commit, dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	archive := exec.CommandContext(ctx, "git", "archive", commit)
	unpack := exec.CommandContext(ctx, "tar", "-x", "-C", dir)
	files, err := archive.StdoutPipe()
	if err != nil {
		return err
	}
	archive.Stderr, unpack.Stdin, unpack.Stderr = os.Stderr, files, os.Stderr
	if err := archive.Start(); err != nil {
		return fmt.Errorf("read commit %s: %w", commit, err)
	}
	if err := unpack.Run(); err != nil {
		return fmt.Errorf("unpack commit %s: %w", commit, err)
	}
	return archive.Wait()
}

func git(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", args...).Output()
	return strings.TrimSpace(string(out)), err
}
