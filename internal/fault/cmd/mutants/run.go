package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// errSurvived tells that a mutant was not caught, which is printed.
var errSurvived = errors.New("not every mutant was caught")

func run(ctx context.Context, numbers []string, out io.Writer) error {
	all, err := read(numbers)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "gobeat-mutants-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	source := filepath.Join(dir, "source")
	if err := copyTree(ctx, source); err != nil {
		return err
	}
	if err := sane(ctx, source, all, out); err != nil {
		return err
	}
	survived := false
	for _, m := range all {
		verdict, err := try(ctx, source, m)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		survived = survived || verdict != caught
		fmt.Fprintf(out, "%-8s %s: %s | go test %s\n", verdict, m.name, m.what, strings.Join(m.test, " "))
	}
	if survived {
		return errSurvived
	}
	return nil
}

// copyTree copies the files that git knows, as they are now.
func copyTree(ctx context.Context, to string) error {
	if err := os.Mkdir(to, 0o755); err != nil {
		return err
	}
	const pipe = `git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from=- | tar --extract --directory "$1"`
	_, err := command(ctx, ".", "sh", "-c", pipe, "sh", to)
	return err
}

// sane wants the tests to pass without any mutant, each once: a test that fails anyway would seem to catch everything.
func sane(ctx context.Context, source string, all []mutant, out io.Writer) error {
	tried := map[string]bool{}
	for _, m := range all {
		name := strings.Join(m.test, " ")
		if tried[name] {
			continue
		}
		tried[name] = true
		if text, err := test(ctx, source, m.test); err != nil {
			return fmt.Errorf("go test %s fails without a mutant: %w\n%s", name, err, text)
		}
		fmt.Fprintf(out, "%-8s without any mutant | go test %s\n", "passes", name)
	}
	return nil
}

// Verdicts.
const (
	caught  = "caught"
	missed  = "MISSED"
	unsound = "UNSOUND" // it does not build
)

// try plants a mutant, runs its test and removes the mutant.
func try(ctx context.Context, source string, m mutant) (verdict string, err error) {
	if _, err := command(ctx, source, "patch", "--strip=1", "--input", m.file); err != nil {
		return "", err
	}
	defer func() {
		_, undone := command(ctx, source, "patch", "--strip=1", "--reverse", "--input", m.file)
		err = errors.Join(err, undone)
	}()
	if _, err := command(ctx, source, "go", "vet", m.test[0]); err != nil {
		return unsound, nil
	}
	text, err := test(ctx, source, m.test)
	switch {
	case err == nil:
		return missed, nil
	case !bytes.Contains(text, []byte("--- FAIL")) && !bytes.Contains(text, []byte("panic: test timed out")):
		return "", fmt.Errorf("it ended otherwise than by a failing test: %w\n%s", err, text)
	}
	return caught, nil
}

// test runs go test; what needs a server must have it.
func test(ctx context.Context, source string, args []string) ([]byte, error) {
	return command(ctx, source, append([]string{"env", "BEAT_TEST_REQUIRE=1", "go", "test", "-short", "-timeout", "3m"}, args...)...)
}

func command(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	text, err := cmd.CombinedOutput()
	if err != nil {
		return text, fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	return text, nil
}
