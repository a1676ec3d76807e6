package celeryapp_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobeat/gobeat/cmd/beat/celeryapp"
	"github.com/gobeat/gobeat/cmd/beat/config"
)

// Each setting that the script writes is one that the program reads, and no other that has Celery's name is missing.
func TestScriptKnowsTheSettings(t *testing.T) {
	t.Parallel()
	_, list, _ := strings.Cut(celeryapp.Script(), "\nSETTINGS = (\n")
	list, _, ok := strings.Cut(list, "\n)\n")
	if !ok {
		t.Fatal("the script has no SETTINGS")
	}
	var written []string
	for _, m := range regexp.MustCompile(`"(\w+)"`).FindAllStringSubmatch(list, -1) {
		written = append(written, m[1])
	}
	var read []string
	c := config.Default()
	for _, s := range c.Settings() {
		read = append(read, s.Name)
	}
	for _, name := range written {
		if !slices.Contains(read, name) {
			t.Errorf("the script writes %s, which is no setting", name)
		}
	}
	apart := []string{ // written by code of their own, or not an app's to say
		"task_queues", "task_routes", "task_annotations", "beat_schedule", "beat_schedule_filename", "result_backend",
		"result_expires", "beat_enable_remote_control",
	}
	for _, name := range read {
		ofCelery := regexp.MustCompile(`^(beat|broker|control|task|event|security|result)_`).MatchString(name)
		if ofCelery && !slices.Contains(written, name) && !slices.Contains(apart, name) && !strings.HasPrefix(name, "beat_send_") {
			t.Errorf("the script does not write %s", name)
		}
	}
}

const export = `{"broker_url": "redis://:secret@h/0", "timezone": "UTC",
	"_export": {"app": "proj", "omitted": ["x"], "secret": ["broker_url"], "problems": ["p"]}}`

func TestCacheHoldsNoPasswords(t *testing.T) {
	t.Parallel()
	cache := celeryapp.Cache{Dir: filepath.Join(t.TempDir(), "a", "b")}
	key := celeryapp.Key("proj", "/srv", "")
	if _, _, err := cache.Get(key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("empty cache: %v", err)
	}
	if err := cache.Put(key, []byte(export)); err != nil {
		t.Fatal(err)
	}
	text, at, err := cache.Get(key)
	if err != nil || time.Since(at) > time.Minute || strings.Contains(string(text), "secret@") {
		t.Errorf("got %s of %s, %v", text, at, err)
	}
	got, err := config.ParseExport(text)
	if err != nil || got.Values["timezone"] != "UTC" || !slices.Equal(got.Omitted, []string{"x", "broker_url"}) || len(got.Problems) != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
	files, err := os.ReadDir(cache.Dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	info, err := files[0].Info()
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("file: %s, %v", info.Mode(), err)
	}
	if other := celeryapp.Key("proj", "/srv", "site.settings"); other == key {
		t.Error("projects share a key")
	}
	if err := cache.Put(key, []byte("no JSON")); err == nil {
		t.Error("what is no export was kept")
	}
}

// fake is a program that stands for Python.
func fake(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "python")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	return path
}

func TestExportFails(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ script, want string }{
		"exception":   {"cat >/dev/null; echo Traceback >&2; echo 'ValueError: amqp://u:secret@h is odd' >&2; exit 1", ": ValueError: amqp://**@h is odd"},
		"says naught": {"cat >/dev/null; exit 3", "exit status 3"},
		"never ends":  {"exec tail -f /dev/null", "did not import the app within 200ms"},
		"child stays": {"cat >/dev/null; tail -f /dev/null & exec tail -f /dev/null", "did not import the app within 200ms"},
		"floods":      {"cat >/dev/null; exec yes 0123456789", " wrote more than"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit := time.Minute
			if strings.Contains(tt.want, "within") {
				limit = 200 * time.Millisecond
			}
			_, err := celeryapp.Export(t.Context(), celeryapp.Config{App: "proj", Python: fake(t, tt.script), Timeout: limit})
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := celeryapp.Export(t.Context(), celeryapp.Config{App: "proj", Python: "no-such", Timeout: time.Second}); !errors.Is(err, celeryapp.ErrNoPython) {
		t.Errorf("no Python: %v", err)
	}
}
