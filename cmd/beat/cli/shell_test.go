package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/cmd/beat/cli"
)

// shell runs command lines against one database, as a person would one after the other.
type shell struct {
	env map[string]string
}

func newShell(t *testing.T) *shell {
	t.Helper()
	return &shell{env: map[string]string{"BEAT_DATABASE_URL": "sqlite:///" + filepath.Join(t.TempDir(), "beat.db")}}
}

func (s *shell) app(stdin string) (app *cli.App, out, errs *bytes.Buffer) {
	out, errs = &bytes.Buffer{}, &bytes.Buffer{}
	return &cli.App{In: strings.NewReader(stdin), Out: out, Err: errs, LookupEnv: s.lookup}, out, errs
}

func (s *shell) lookup(name string) (string, bool) {
	v, ok := s.env[name]
	return v, ok
}

// run returns standard output, standard error and the exit code.
func (s *shell) run(t *testing.T, stdin string, args ...string) (string, string, int) {
	t.Helper()
	app, out, errs := s.app(stdin)
	code := app.Execute(t.Context(), args)
	return out.String(), errs.String(), code
}

// ok returns the output. It fails the test unless the command succeeds without a word on standard error.
func (s *shell) ok(t *testing.T, args ...string) string {
	t.Helper()
	out, errs, code := s.run(t, "", args...)
	if code != 0 || errs != "" {
		t.Fatalf("beat %q: exit code %d, errors %q", args, code, errs)
	}
	return out
}

// decode reads the JSON output of a command that must succeed.
func (s *shell) decode(t *testing.T, v any, args ...string) {
	t.Helper()
	out := s.ok(t, append(args, "--output", "json")...)
	if err := json.Unmarshal([]byte(out), v); err != nil {
		t.Fatalf("beat %q: output %q: %v", args, out, err)
	}
}

// refused fails the test unless the command fails with the exit code and says only the one line.
func (s *shell) refused(t *testing.T, code int, line string, args ...string) {
	t.Helper()
	out, errs, got := s.run(t, "", args...)
	if got != code || out != "" {
		t.Errorf("beat %q: exit code %d, output %q, want %d and none", args, got, out, code)
	}
	if diff := cmp.Diff(line+"\n", errs); diff != "" {
		t.Errorf("beat %q: errors (-want +got):\n%s", args, diff)
	}
}

// store opens the database of the shell, for what no command does.
func (s *shell) store(t *testing.T, do func(context.Context, cli.Store) error) {
	t.Helper()
	app, _, _ := s.app("")
	cfg, err := app.Config()
	if err != nil {
		t.Fatal(err)
	}
	store, err := app.OpenStore(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := do(t.Context(), store); err != nil {
		t.Error(err)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}

// add writes entries as they are, good or bad.
func (s *shell) add(t *testing.T, entries ...beat.Entry) {
	t.Helper()
	s.store(t, func(ctx context.Context, store cli.Store) error {
		for _, e := range entries {
			if _, err := store.Add(ctx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func compact(t *testing.T, text []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
