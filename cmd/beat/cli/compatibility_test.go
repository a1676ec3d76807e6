package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/gobeat/gobeat/cmd/beat/config"
)

const (
	repository    = "../../.."
	compatibility = repository + "/docs/compatibility.md"
)

// section returns the rows of the tables under a heading of docs/compatibility.md, each split into its cells.
func section(t *testing.T, heading string) [][]string {
	t.Helper()
	text, err := os.ReadFile(compatibility)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("%s has no section %q", compatibility, heading)
	}
	rest, _, _ = strings.Cut(rest, "\n## ")
	var rows [][]string
	lines := strings.Split(rest, "\n")
	for i, line := range lines {
		head := i+1 < len(lines) && strings.HasPrefix(lines[i+1], "|---")
		if !head && strings.HasPrefix(line, "| ") {
			rows = append(rows, strings.Split(strings.Trim(line, "| "), " | "))
		}
	}
	if len(rows) == 0 {
		t.Fatalf("the section %q has no table", heading)
	}
	return rows
}

// quoted returns what stands between backticks.
func quoted(cell string) (out []string) {
	for i, part := range strings.Split(cell, "`") {
		if i%2 == 1 {
			out = append(out, part)
		}
	}
	return out
}

// firstCells returns what is quoted in the first cells of a section.
func firstCells(t *testing.T, headings ...string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, heading := range headings {
		for _, row := range section(t, heading) {
			for _, name := range quoted(row[0]) {
				names[name] = true
			}
		}
	}
	return names
}

const (
	flagsOfCelery = "Flags of celery beat"
	flagsOfBeat   = "Flags that celery beat does not have"
)

// The document has each flag of the scheduler, and none that there is not.
func TestCompatibilityHasEachFlag(t *testing.T) {
	t.Parallel()
	a := &App{flags: map[string]config.Flag{}}
	root := newRootCommand(a)
	run, _, err := root.Find([]string{"run"})
	if err != nil {
		t.Fatal(err)
	}
	all := allFlags(root)
	all.AddFlagSet(run.Flags())
	documented := firstCells(t, flagsOfCelery, flagsOfBeat)
	known := map[string]bool{"--": true}
	all.VisitAll(func(f *pflag.Flag) {
		names := []string{"--" + f.Name}
		if f.Shorthand != "" {
			names = append(names, "-"+f.Shorthand)
		}
		for _, name := range names {
			known[name] = true
			if !documented[name] {
				t.Errorf("%s is not in %s", name, compatibility)
			}
		}
	})
	for name := range documented {
		if !known[name] {
			t.Errorf("%s has %s, which is no flag", compatibility, name)
		}
	}
}

// The document has each option that celery beat prints in its help, of which testdata/celery holds that of Celery 5.7.0.
func TestCompatibilityHasEachOptionOfCelery(t *testing.T) {
	t.Parallel()
	documented := firstCells(t, flagsOfCelery)
	option := regexp.MustCompile(`(?m)^  (?:(-\w), )?(--[a-z-]+)(?: / (--[a-z-]+))?`)
	for _, name := range []string{"help.txt", "beat-help.txt"} {
		help, err := os.ReadFile(filepath.Join("testdata", "celery", name))
		if err != nil {
			t.Fatal(err)
		}
		found := option.FindAllStringSubmatch(string(help), -1)
		if len(found) < 10 {
			t.Fatalf("%s has %d options only", name, len(found))
		}
		for _, match := range found {
			for _, flag := range match[1:] {
				if flag != "" && flag != "--help" && !documented[flag] {
					t.Errorf("%s, of %s, is not in %s", flag, name, compatibility)
				}
			}
		}
	}
}

// The document names the schedulers and the settings by names that the program knows.
func TestCompatibilityNamesAreKnown(t *testing.T) {
	t.Parallel()
	for name := range firstCells(t, "Values of -S") {
		c := config.Default()
		if c.Beat.Scheduler = name; c.Beat.Kind() == "" {
			t.Errorf("%s has the scheduler %s, which is not known", compatibility, name)
		}
	}
	c := config.Default()
	known := map[string]bool{}
	for _, s := range c.Settings() {
		known[s.Name] = true
	}
	for _, row := range section(t, "Settings") {
		for _, name := range quoted(row[0]) {
			if strings.HasPrefix(row[1], "honoured") && name == strings.ToLower(name) && !known[name] {
				t.Errorf("%s has the setting %s as honoured, which is not known", compatibility, name)
			}
		}
	}
}

// Each row of a table names a test, unless it says by a dash that there can be none, and each test that is named exists.
func TestCompatibilityNamesTests(t *testing.T) {
	t.Parallel()
	tests := declaredTests(t)
	named := regexp.MustCompile("`([a-z]+\\.Test[A-Za-z0-9]+)`")
	for _, heading := range []string{
		flagsOfCelery, flagsOfBeat, "Values of -S", "Settings", "Launch lines", "Stores, databases, operations", "Swaps", "What differs, and why",
	} {
		for _, row := range section(t, heading) {
			found := named.FindAllStringSubmatch(row[len(row)-1], -1)
			if len(found) == 0 && row[len(row)-1] != "–" {
				t.Errorf("%s: the row of %s names no test", heading, row[0])
			}
			for _, match := range found {
				if !tests[match[1]] {
					t.Errorf("%s: there is no test %s", heading, match[1])
				}
			}
		}
	}
}

// declaredTests returns all tests of the repository, each as the name of its folder, a dot and its own.
func declaredTests(t *testing.T) map[string]bool {
	t.Helper()
	tests := map[string]bool{}
	err := filepath.WalkDir(repository, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				tests[filepath.Base(filepath.Dir(path))+"."+f.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tests
}
